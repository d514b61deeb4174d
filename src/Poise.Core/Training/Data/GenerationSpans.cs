using Poise.Core.Chat;
using Poise.Core.Chat.Templates;
using Poise.Core.Tokenizers;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>Loss by a template's own <c>generation</c> marks: every token that has a character of one.</summary>
static class GenerationSpans
{
    /// <param name="mark">What breaks spelled special tokens in the text.</param>
    public static TrainingSample Render(TemplatePromptRenderer renderer, RenderedTemplate rendered, char? mark, ConversationRecord conversation)
    {
        int[] answers = [.. Enumerable.Range(0, conversation.Messages.Count).Where(i => conversation.Messages[i].Role == ChatRole.Assistant)];
        bool all = answers.All(i => conversation.Counts[i]);
        if (!all && rendered.Generations.Count != answers.Length)
            throw new PoiseException($"the chat template marks {rendered.Generations.Count} parts for {answers.Length} answers, so that \"weight\" has no meaning");
        int[] ids = renderer.Encode(rendered.Text, mark);
        bool[] loss = new bool[ids.Length];
        int[] starts = Starts(ids, rendered.Text, mark, renderer.Tokenizer);
        int[] offsets = Offsets(rendered.Text);
        for (int k = 0; k < rendered.Generations.Count; k++)
        {
            if (!all && !conversation.Counts[answers[k]]) continue;
            (int from, int to) = (offsets[rendered.Generations[k].Start], offsets[rendered.Generations[k].End]);
            for (int i = 0; i < ids.Length; i++) loss[i] |= starts[i] < to && starts[i + 1] > from;
        }
        return TrainingSample.Of(ids, loss);
    }

    /// <summary>For each code point of a text the UTF-8 bytes before it, marks included; and one more.</summary>
    static int[] Offsets(string text)
    {
        var offsets = new List<int> { 0 };
        foreach (System.Text.Rune rune in text.EnumerateRunes()) offsets.Add(offsets[^1] + rune.Utf8SequenceLength);
        return [.. offsets];
    }

    /// <summary>For each id the bytes of the text before it, marks included; and one more.</summary>
    static int[] Starts(int[] ids, string text, char? mark, Tokenizer tokenizer)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        byte[] skipped = mark is { } character ? System.Text.Encoding.UTF8.GetBytes([character]) : [];
        int[] starts = new int[ids.Length + 1];
        int at = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            starts[i] = at;
            ReadOnlySpan<byte> token = tokenizer.BytesOf(ids[i]);
            for (int b = 0; b < token.Length; b++)
            {
                while (skipped.Length > 0 && bytes.AsSpan(at).StartsWith(skipped)) at += skipped.Length;
                // Some tokenizers put a blank in front of a text that has none.
                if (b == 0 && token[0] == ' ' && (at == bytes.Length || bytes[at] != ' ')) continue;
                if (at == bytes.Length || bytes[at] != token[b]) throw new PoiseException("the model's tokenizer changes the text, so that the template's {% generation %} marks lead to no tokens");
                at++;
            }
        }
        starts[ids.Length] = at;
        return starts;
    }
}
