using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Poise.Cli.Host;
using Poise.Cli.Input;
using Poise.Cli.Output;
using Poise.Core.Chat.Harmony;
using Poise.Core.Chat.Templates;
using Poise.Core.Library;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary><c>poise render</c>: many conversations to prompts in one process.</summary>
sealed class RenderVerb : Verb
{
    const string Harmony = "harmony";
    const int MaximumDepth = 256;

    readonly Argument<string> _template = new("TEMPLATE") { Description = "harmony, or a model, whose chat template is taken, or a template in a .jinja file" };
    readonly Argument<string> _cases = new("CASES")
    {
        Description = "JSON lines {\"id\",\"context\"} with all variables of the template, or {\"id\",\"messages\"[,\"tools\"]} for a model and for harmony; - reads standard input",
    };
    readonly Option<DateTimeOffset?> _now = new("--now")
    {
        Description = "The time that templates print, as 2025-03-09T08:05:07; otherwise the clock's. Harmony cases state theirs",
        HelpName = "TIME",
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)) return time;
            result.AddError($"--now takes a time such as 2025-03-09T08:05:07, not '{text}'.");
            return null;
        },
    };

    readonly Option<bool> _keepAnalysis = new("--keep-analysis") { Description = "For harmony: keep the reasoning of earlier turns, which is otherwise dropped" };

    public override string Name => "render";

    public override string Summary => "Turn conversations into prompts with a chat template: JSON lines in, JSON lines out";

    public override IReadOnlyList<string> Examples =>
    [
        "poise render harmony cases.jsonl > prompts.jsonl",
        "poise render chat_template.jinja cases.jsonl > prompts.jsonl",
        "poise render chat_template.jinja cases.jsonl --now 2025-03-09T08:05:07",
        "echo '{\"id\":1,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}' | poise render MODEL -",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_template);
        command.Arguments.Add(_cases);
        command.Options.Add(_now);
        command.Options.Add(_keepAnalysis);
    }

    protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string name = parsed.GetRequiredValue(_template), path = parsed.GetRequiredValue(_cases);
        Func<JsonLines, JsonElement, Rendering> render = name == Harmony ? HarmonyRendering(parsed) : TemplateRendering(parsed, name, cancellation);

        using JsonLines lines = JsonLines.Open(path);
        using var output = new JsonLinesWriter(flushes: path == "-");
        while (lines.TryReadRaw(out ReadOnlyMemory<byte> line))
        {
            cancellation.ThrowIfCancellationRequested();
            (string id, Rendering? rendering, string? error) = Render(lines, line, render);
            if (rendering is null) output.WriteError(id, error!);
            else output.Write(id, rendering.WriteTo);
        }

        return Task.FromResult(ExitCode.Ok);
    }

    Func<JsonLines, JsonElement, Rendering> HarmonyRendering(ParseResult parsed)
    {
        bool keep = parsed.GetValue(_keepAnalysis);
        return (_, root) =>
        {
            (int[] ids, string text) = HarmonyCases.Render(root, BuiltInVocabulary.Harmony, keep);
            return new Rendering(text, ids);
        };
    }

    Func<JsonLines, JsonElement, Rendering> TemplateRendering(ParseResult parsed, string name, CancellationToken cancellation)
    {
        if (parsed.GetValue(_keepAnalysis)) throw new UsageException("--keep-analysis is for harmony: templates decide themselves.");
        bool isFile = name.EndsWith(".jinja", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(name);
        ChatTemplateSource source = isFile ? ReadFile(name)
            : ChatTemplateSource.Find(name) ?? throw new PoiseException($"{name} brings no chat template: give one in a .jinja file.");
        ChatTemplate template = ChatTemplate.Parse(source.Text, isFile ? name : $"{name}: chat template");
        DateTimeOffset now = parsed.GetValue(_now) ?? DateTimeOffset.Now;
        return (lines, root) => new Rendering(template.Render(Context(lines, root, isFile ? null : source), now, null, cancellation), null);
    }

    static ChatTemplateSource ReadFile(string path)
    {
        if (!File.Exists(path)) throw new PoiseException($"{path} does not exist: give a model, or a template in a .jinja file.");
        long length = new FileInfo(path).Length;
        return length <= TemplateLimits.MaximumSource ? new ChatTemplateSource(File.ReadAllText(path), null, null)
            : throw new PoiseException($"{path} is too large for a template: {length:N0} bytes.");
    }

    /// <summary>One case. What is wrong with it is its outcome, not the end of the others.</summary>
    static (string Id, Rendering? Rendering, string? Error) Render(JsonLines lines, ReadOnlyMemory<byte> line, Func<JsonLines, JsonElement, Rendering> render)
    {
        string id = "null";
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = MaximumDepth });
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw lines.Error("not a JSON object");
            if (!root.TryGetProperty("id"u8, out JsonElement given) || given.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
                throw lines.Error("\"id\" is missing, or neither a string nor a number");
            id = given.GetRawText();
            return (id, render(lines, root), null);
        }
        catch (JsonException error)
        {
            return (id, null, lines.Error(JsonLines.Explain(error)).Message);
        }
        catch (PoiseException error)
        {
            return (id, null, error.Message);
        }
    }

    static TemplateContext Context(JsonLines lines, JsonElement root, ChatTemplateSource? model)
    {
        if (root.TryGetProperty("context"u8, out JsonElement context)) return TemplateContext.From(context);
        if (model is null) throw lines.Error("\"context\" is missing");
        if (!root.TryGetProperty("messages"u8, out JsonElement messages)) throw lines.Error("\"context\" or \"messages\" is missing");
        JsonElement? tools = root.TryGetProperty("tools"u8, out JsonElement given) && given.ValueKind != JsonValueKind.Null ? given : null;
        return TemplateContext.From(messages, tools, model.BosToken, model.EosToken);
    }

    sealed record Rendering(string Text, int[]? Ids)
    {
        public void WriteTo(Utf8JsonWriter writer)
        {
            writer.WriteString("text"u8, Text);
            if (Ids is null) return;
            writer.WriteStartArray("ids"u8);
            foreach (int id in Ids) writer.WriteNumberValue(id);
            writer.WriteEndArray();
        }
    }
}
