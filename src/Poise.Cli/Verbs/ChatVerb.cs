using System.CommandLine;
using System.Text;
using Microsoft.Extensions.AI;
using Poise.Cli.Chat;
using Poise.Cli.Chat.Commands;
using Poise.Cli.Host;
using Poise.Cli.Output;
using Poise.Cli.Terminal;
using Poise.Core.Engine;
using Poise.Core.Models;

namespace Poise.Cli.Verbs;

/// <summary><c>poise chat</c>: a conversation, with a person at a terminal or with a script.</summary>
sealed class ChatVerb : Verb
{
    readonly Argument<string?> _model = CommonOptions.ModelOrDefault();
    readonly Option<string?> _system = new("--system") { Description = "Instructions for the model", HelpName = "TEXT" };
    readonly Option<string?> _effort = CommonOptions.Effort();
    readonly Option<string?> _template = CommonOptions.Template();
    readonly Option<string?> _load = new("--load") { Description = "Go on with a conversation that /save wrote", HelpName = "FILE" };
    readonly Option<string?> _tools = new("--tools") { Description = "Tools that the model may ask for: a JSON array of function definitions", HelpName = "FILE" };
    readonly Option<bool> _json = new("--json") { Description = "One JSON event a line; a line of input is a message, or {\"content\": ...}, or {\"call_id\": ..., \"content\": ...}" };
    readonly Option<bool> _plain = new("--plain") { Description = "Text as it comes, without colours and redrawing, on a terminal too" };
    readonly Option<bool> _showReasoning = new("--show-reasoning") { Description = "Reasoning on standard error where the output is plain; a terminal shows it anyway" };
    readonly SamplingOptions _sampling = new(modelDefaults: true);
    readonly Option<int> _context = CommonOptions.Whole("--context", "Tokens of prompt and answer together; 0 = what the model allows", 0, 0, int.MaxValue);
    readonly Option<string?> _adapter = CommonOptions.Adapter();
    readonly Option<int> _threads = CommonOptions.Threads();
    readonly Option<int> _draft = CommonOptions.Draft();
    readonly Option<string> _activations = CommonOptions.Activations();
    readonly Option<string> _placement = CommonOptions.Placement();

    public override string Name => "chat";

    public override string Summary => "Talk with a model; each line of a redirected standard input is a message";

    public override IReadOnlyList<string> Examples =>
    [
        "poise chat",
        "poise chat MODEL",
        "poise chat MODEL --system \"Answer in one sentence.\" --effort low",
        "poise chat MODEL < questions.txt > answers.txt",
        "poise chat MODEL --json --tools tools.json < messages.jsonl",
    ];

    protected override void Define(Command command)
    {
        command.Arguments.Add(_model);
        _sampling.AddTo(command);
        foreach (Option option in (Option[])[_system, _effort, _template, _load, _tools, _json, _plain, _showReasoning, _context, _adapter, _threads, _draft, _activations, _placement])
            command.Options.Add(option);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string model = parsed.GetValue(_model) ?? ShippedModels.DefaultPath;
        // Files first: a mistake in one of them should not wait for the model.
        Conversation conversation = Prepare(parsed, model);
        (string, string)? template = CommonOptions.ReadTemplate(parsed.GetValue(_template));
        // The adapter belongs to the model that was named with it, not to one that /model opens later.
        Task<IChatClient> Open(string path, CancellationToken token) => ChatClients.OpenAsync(path, path == model ? parsed.GetValue(_adapter) : null, LoadOptions(parsed), new EngineOptions { ContextLength = parsed.GetValue(_context), DraftTokens = parsed.GetValue(_draft) }, template, token);
        using var session = new ChatSession(conversation, await Open(model, cancellation), TimeProvider.System);

        if (parsed.GetValue(_json))
        {
            await using Stream output = StandardOutput.OpenBuffered();
            return await RunPlainAsync(session, new JsonView(output), Open, json: true, cancellation);
        }
        if (parsed.GetValue(_plain) || !ConsoleTerminal.IsAvailable)
        {
            await using StreamWriter output = StandardOutput.OpenText();
            var view = new PlainView(output, Console.Error, !Console.IsOutputRedirected) { ShowsReasoning = parsed.GetValue(_showReasoning) };
            return await RunPlainAsync(session, view, Open, json: false, cancellation);
        }
        return await RunTerminalAsync(session, Open, cancellation);
    }

    static async Task<int> RunPlainAsync(ChatSession session, IChatView view, ModelOpener open, bool json, CancellationToken cancellation)
    {
        using var lines = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
        var input = new PlainInput(lines, view, json || Console.IsInputRedirected ? null : Console.Error, json);
        return await new ChatLoop(new ChatContext(session, view, open), input).RunAsync(cancellation);
    }

    static async Task<int> RunTerminalAsync(ChatSession session, ModelOpener open, CancellationToken cancellation)
    {
        using var terminal = new ConsoleTerminal();
        using var keys = new ConsoleKeySource(terminal);
        var view = new TerminalView(terminal, TimeProvider.System);
        var input = new TerminalInput(terminal, keys, new History(new HistoryFile(HistoryFile.StandardPath)), new CommandCompleter(), view);
        view.Notice($"{session.Conversation.Model}: /help lists the commands, Ctrl-D leaves");
        if (session.Conversation.Messages.Count is > 0 and var loaded) view.Notice($"{loaded} messages were loaded");
        return await new ChatLoop(new ChatContext(session, view, open), input).RunAsync(cancellation);
    }

    Conversation Prepare(ParseResult parsed, string model)
    {
        Conversation conversation = parsed.GetValue(_load) is { } file ? ConversationFile.Read(file) : new Conversation();
        conversation.Model = model;
        conversation.Sampling = _sampling.BuildChat(parsed, conversation.Sampling);
        if (parsed.GetValue(_system) is { } system) conversation.System = system;
        if (parsed.GetValue(_effort) is { } effort) conversation.Effort = EffortNames.Parse(effort);
        if (parsed.GetValue(_tools) is { } tools) conversation.Tools = ToolFile.Read(tools);
        return conversation;
    }

    LoadOptions LoadOptions(ParseResult parsed)
    {
        var progress = new ProgressLine();
        return new LoadOptions
        {
            Activations = CommonOptions.ParseActivations(parsed.GetValue(_activations)),
            Placement = CommonOptions.ParsePlacement(parsed.GetValue(_placement)),
            Threads = parsed.GetValue(_threads),
            Background = true,
            Progress = (done, total) =>
            {
                progress.Show("loading", done, total);
                if (done >= total) progress.Clear();
            },
        };
    }
}
