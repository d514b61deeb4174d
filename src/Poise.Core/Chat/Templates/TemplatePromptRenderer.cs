using System.Text;
using Poise.Core.Chat.Dialects;
using Poise.Core.Tokenizers;
using Poise.Tensors;

namespace Poise.Core.Chat.Templates;

/// <summary>
/// Prompts by the Jinja template in a model's files. Special tokens that the template writes are special; those that
/// somebody spells in a message, a tool's result, its arguments or its description stay the letters that they are.
/// </summary>
sealed class TemplatePromptRenderer : IPromptRenderer
{
    readonly ChatTemplate _template;
    readonly Tokenizer _tokenizer;
    readonly string? _bos, _eos;

    public TemplatePromptRenderer(string source, string name, Tokenizer tokenizer, string? bos, string? eos)
    {
        _template = ChatTemplate.Parse(source, name);
        _tokenizer = tokenizer;
        _bos = bos;
        _eos = eos;
    }

    public Tokenizer Tokenizer => _tokenizer;

    public IReadOnlyList<int> Render(ChatRequest request)
    {
        char? mark = UnusedMark(request);
        return Encode(RenderText(request, mark).Text, mark);
    }

    /// <summary>The text of a conversation, in which <paramref name="mark"/> breaks every spelling of a special token that is somebody's letters.</summary>
    /// <param name="mark">From <see cref="UnusedMark"/>, of this request or of one with more messages.</param>
    /// <param name="promptNext">Whether the beginning of the assistant's next message follows.</param>
    public RenderedTemplate RenderText(ChatRequest request, char? mark, bool promptNext = true)
    {
        string Break(string text) => BreakSpecials(text, mark);
        ChatRequest marked = request with
        {
            Messages = [.. request.Messages.Select(message => Marked(message, Break))],
            Tools = [.. request.Tools.Select(tool => ToolTexts.Change(tool, Break))],
        };
        return _template.RenderWithSpans(TemplateContext.From(marked, _bos, _eos, promptNext), request.Now);
    }

    /// <summary>Ids of a text of <see cref="RenderText"/>, or of a part of it; the marks are gone.</summary>
    public int[] Encode(string text, char? mark)
    {
        int[] ids = _tokenizer.Encode(text, allowSpecial: true);
        return mark is { } character && text.Contains(character) ? WithoutMarks(ids, character) : ids;
    }

    /// <summary>A code point that Unicode gives to no character, U+FDD0 to U+FDEF, and that nobody uses here; null where all are used.</summary>
    public static char? UnusedMark(ChatRequest request)
    {
        bool[] used = new bool['\uFDEF' - '\uFDD0' + 1];
        foreach (string? text in request.Messages.SelectMany(TextsOf).Concat(request.Tools.SelectMany(ToolTexts.Of)))
            foreach (char unit in text ?? "")
                if (unit is >= '\uFDD0' and <= '\uFDEF') used[unit - '\uFDD0'] = true;
        int free = Array.IndexOf(used, false);
        return free < 0 ? null : (char)('\uFDD0' + free);
    }

    static IEnumerable<string?> TextsOf(ChatMessage message) =>
        [message.Text, message.Reasoning, message.Name, message.ToolCallId, .. message.ToolCalls.SelectMany(call => (string[])[call.Id, call.Name, call.Arguments])];

    static ChatMessage Marked(ChatMessage message, Func<string, string> mark) => message with
    {
        Content = [.. message.Content.Select(part => part is TextContent text ? new TextContent(mark(text.Text)) : part)],
        Reasoning = message.Reasoning is { } reasoning ? mark(reasoning) : null,
        Name = message.Name is { } name ? mark(name) : null,
        ToolCallId = message.ToolCallId is { } id ? mark(id) : null,
        ToolCalls = [.. message.ToolCalls.Select(call => new ToolCall(mark(call.Id), mark(call.Name), mark(call.Arguments)))],
    };

    // A mark after the first letter: the spelling is no token any more, and the mark is found again after rendering.
    string BreakSpecials(string text, char? mark)
    {
        foreach (int id in _tokenizer.Encode(text, allowSpecial: true).Where(_tokenizer.IsSpecial).Distinct())
        {
            string spelling = Encoding.UTF8.GetString(_tokenizer.BytesOf(id));
            if (spelling.Length < 2) continue;
            if (mark is null) throw new PoiseException("The conversation spells special tokens of the model and uses every noncharacter from U+FDD0 to U+FDEF: remove one of them.");
            text = text.Replace(spelling, $"{spelling[0]}{mark}{spelling[1..]}", StringComparison.Ordinal);
        }

        return text;
    }

    // Runs between special tokens are encoded once more, as the plain text that they are.
    int[] WithoutMarks(int[] ids, char mark)
    {
        var result = new List<int>();
        for (int from = 0; from < ids.Length;)
        {
            int to = from;
            while (to < ids.Length && !_tokenizer.IsSpecial(ids[to])) to++;
            string run = Encoding.UTF8.GetString([.. ids[from..to].SelectMany(id => _tokenizer.BytesOf(id).ToArray())]);
            if (run.Contains(mark)) result.AddRange(_tokenizer.Encode(run.Replace(mark.ToString(), "", StringComparison.Ordinal)));
            else result.AddRange(ids.AsSpan(from, to - from));
            if (to < ids.Length) result.Add(ids[to++]);
            from = to;
        }

        return [.. result];
    }
}
