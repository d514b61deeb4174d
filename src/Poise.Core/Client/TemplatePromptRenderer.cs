using System.Text;
using Poise.Core.Chat;
using Poise.Core.Chat.Dialects;
using Poise.Core.Chat.Templates;
using Poise.Core.Tokenizers;
using Poise.Tensors;

namespace Poise.Core.Client;

/// <summary>
/// Prompts by the Jinja template in a model's files. Special tokens that the template writes are special; those that
/// somebody spells in a message, a tool's result or its arguments stay the letters that they are.
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

    public IReadOnlyList<int> Render(ChatRequest request)
    {
        char? mark = null;
        var messages = new List<ChatMessage>();
        foreach (ChatMessage message in request.Messages) messages.Add(Marked(message, request, ref mark));
        string text = _template.Render(TemplateContext.From(request with { Messages = messages }, _bos, _eos), request.Now);
        int[] ids = _tokenizer.Encode(text, allowSpecial: true);
        return mark is { } character ? WithoutMarks(ids, character) : ids;
    }

    ChatMessage Marked(ChatMessage message, ChatRequest request, ref char? mark)
    {
        char? own = mark;
        string? Mark(string? text) => text is null ? null : BreakSpecials(text, request, ref own);
        ChatMessage result = message with
        {
            Content = [.. message.Content.Select(part => part is TextContent text ? new TextContent(Mark(text.Text)!) : part)],
            Reasoning = Mark(message.Reasoning),
            Name = Mark(message.Name),
            ToolCalls = [.. message.ToolCalls.Select(call => call with { Name = Mark(call.Name)!, Arguments = Mark(call.Arguments)! })],
        };
        mark = own;
        return result;
    }

    // A mark after the first letter: the spelling is no token any more, and the mark is found again after rendering.
    string BreakSpecials(string text, ChatRequest request, ref char? mark)
    {
        foreach (int id in _tokenizer.Encode(text, allowSpecial: true).Where(_tokenizer.IsSpecial).Distinct())
        {
            string spelling = Encoding.UTF8.GetString(_tokenizer.BytesOf(id));
            if (spelling.Length < 2) continue;
            mark ??= UnusedMark(request);
            text = text.Replace(spelling, $"{spelling[0]}{mark}{spelling[1..]}", StringComparison.Ordinal);
        }

        return text;
    }

    // Runs between special tokens are encoded once more, as the plain text that they are.
    List<int> WithoutMarks(int[] ids, char mark)
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

        return result;
    }

    // Code points that Unicode gives to no character, U+FDD0 to U+FDEF: one that nobody uses here.
    static char UnusedMark(ChatRequest request)
    {
        string all = string.Concat(request.Messages.SelectMany(message => (string[])[message.Text, message.Reasoning ?? "", message.Name ?? "", .. message.ToolCalls.Select(call => call.Name + call.Arguments)]));
        for (char mark = '\uFDD0'; mark <= '\uFDEF'; mark++)
            if (!all.Contains(mark)) return mark;
        throw new PoiseException("The conversation spells special tokens of the model and uses every noncharacter from U+FDD0 to U+FDEF: remove one of them.");
    }
}
