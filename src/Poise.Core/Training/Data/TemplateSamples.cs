using Poise.Core.Chat;
using Poise.Core.Chat.Templates;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>
/// Conversations by a model's chat template. What an answer is, is found by asking the template twice: the conversation before the answer with the
/// beginning of the next message, which is the prompt that the model answers, and the conversation with the answer. Loss falls on what the latter adds,
/// up to the token that ends the model's turn. An answer of which the whole conversation no longer shows all (reasoning that is
/// gone), or that it shows after another prompt (tools that have moved), carries none. Where no answer is left and the template marks them by <c>generation</c>, the marks decide.
/// </summary>
/// <param name="now">What templates print of samples that have no date.</param>
sealed class TemplateSamples(TemplatePromptRenderer renderer, IReadOnlyCollection<int> stopIds, DateTimeOffset now) : IConversationFormat
{
    /// <summary>Each answer costs two renderings.</summary>
    const int MostAnswers = 512;

    readonly HashSet<int> _stops = [.. stopIds];

    public TrainingSample Render(ConversationRecord conversation)
    {
        int[] answers = [.. Enumerable.Range(0, conversation.Messages.Count).Where(i => conversation.Counts[i])];
        if (answers.Length > MostAnswers) throw new PoiseException($"the conversation has more than {MostAnswers} answers");
        var request = new ChatRequest { Messages = conversation.Messages, Tools = conversation.Tools, Effort = conversation.Effort, Now = conversation.Date is { } date ? new DateTimeOffset(date, TimeOnly.MinValue, TimeSpan.Zero) : now };
        char? mark = TemplatePromptRenderer.UnusedMark(request);
        string Text(int count, bool promptNext) => renderer.RenderText(request with { Messages = [.. conversation.Messages.Take(count)] }, mark, promptNext).Text;

        RenderedTemplate whole = renderer.RenderText(request, mark, promptNext: false);
        CheckPrinted(whole.Text, mark, answers.Select(i => conversation.Messages[i].Text));
        (int Answer, int Start)[] asked = [.. answers.Select(i => (Answer: i, Prompt: Text(i, true)))
            .Where(a => whole.Text.StartsWith(a.Prompt, StringComparison.Ordinal)).Select(a => (a.Answer, a.Prompt.Length))];
        CutEncoding? encoding = CutEncoding.Of(whole.Text, [.. asked.Select(a => a.Start)], renderer.Tokenizer, (text, _) => renderer.Encode(text, mark));
        bool[] loss = new bool[encoding?.Ids.Length ?? 0];
        int found = 0;
        for (int k = 0; encoding is not null && k < asked.Length; k++)
        {
            int start = encoding.Places[k];
            string after = asked[k].Answer == conversation.Messages.Count - 1 ? whole.Text : Text(asked[k].Answer + 1, false);
            if (End(encoding, start, after, whole.Text, conversation.Messages[asked[k].Answer]) is not { } end) continue;
            loss.AsSpan(start, end - start).Fill(true);
            found++;
        }
        if (encoding is not null && found == answers.Length) return TrainingSample.Of(encoding.Ids, loss);
        if (whole.Generations.Count > 0) return GenerationSpans.Render(renderer, whole, mark, conversation);
        if (encoding is not null && found > 0) return Silenced(TrainingSample.Of(encoding.Ids, loss), answers.Length - found);
        throw new PoiseException(encoding is null
            ? "the model's tokenizer does not let its answers begin where the prompt ends, so that the two cannot be told apart"
            : "the model's chat template shows the answers of this conversation in another way than it asks for them, so that they cannot be told from the rest; a template with {% generation %} marks says what they are");
    }

    // Past the last token of an answer: past the one that ends a turn, or where the template writes none, past all that it adds. Null where the
    // whole conversation does not show what was said.
    int? End(CutEncoding encoding, int start, string after, string whole, ChatMessage said)
    {
        int[] ids = ReferenceEquals(after, whole) ? encoding.Ids : encoding.Encode(after);
        int same = ids.AsSpan().CommonPrefixLength(encoding.Ids), stop = Stop(ids, start);
        if (stop == ids.Length) return whole.StartsWith(after, StringComparison.Ordinal) && same > start ? same : null;
        if (same > stop) return stop + 1;
        // A template may write something of its own around the last answer only (an empty block of reasoning). What goes on past the answer's own
        // length is not this answer any more.
        int shown = Stop(encoding.Ids, start);
        // The same answer, which in the middle ends with another token than the model has to write: that token carries no loss.
        if (same == stop && shown == stop) return stop;
        return shown < stop && Holds(encoding.Ids.AsSpan(start, shown - start), said) ? shown + 1 : null;
    }

    int Stop(int[] ids, int start)
    {
        while (start < ids.Length && !_stops.Contains(ids[start])) start++;
        return start;
    }

    bool Holds(ReadOnlySpan<int> shown, ChatMessage said)
    {
        string text = renderer.Tokenizer.Decode(shown);
        return text.Contains(said.Text.Trim(), StringComparison.Ordinal) && text.Contains((said.Reasoning ?? "").Trim(), StringComparison.Ordinal);
    }

    // Some templates pass over what they do not know: texts that are no lists of parts, for instance.
    static void CheckPrinted(string whole, char? mark, IEnumerable<string> answers)
    {
        string shown = mark is { } character ? whole.Replace(character.ToString(), "", StringComparison.Ordinal) : whole;
        foreach (string answer in answers)
            if (answer.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [.., var last] && !shown.Contains(last, StringComparison.Ordinal))
                throw new PoiseException("the model's chat template does not print an answer of this conversation");
    }

    static TrainingSample Silenced(TrainingSample sample, int answers) => new([.. sample.Ids], [.. sample.Labels]) { SilentAnswers = answers };
}
