using Poise.Core.Chat;
using Poise.Core.Chat.Dialects;
using Poise.Core.Chat.Harmony;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>
/// Conversations in the format of gpt-oss. The system message is the format's own, with the date of the sample, if it has one: it is the same on every day.
/// Reasoning is left out of turns that were answered before the last one, as it is when the model is asked; see <see cref="HarmonyLoss"/> for what carries loss.
/// </summary>
sealed class HarmonySamples(HarmonyVocabulary vocabulary) : IConversationFormat
{
    public TrainingSample Render(ConversationRecord conversation)
    {
        List<HarmonyTurnMessage> all = Messages(conversation), kept = Shown(all, out HashSet<int> shortened);
        List<HarmonyPiece> pieces = Pieces(kept);
        bool[] loss = HarmonyLoss.Of(kept, pieces, out bool[] oldEnds);
        var ids = new List<int>();
        var marked = new List<bool>();
        var neverSaid = new List<int>();
        for (int i = 0; i < pieces.Count; i++)
        {
            ids.AddRange(HarmonyRenderer.Encode([pieces[i]], vocabulary));
            while (marked.Count < ids.Count) marked.Add(loss[i]);
            if (oldEnds[i]) neverSaid.Add(ids.Count - 1);
        }
        int silent = all.Where(m => m.Counts && shortened.Contains(m.Turn)).Select(m => m.Source).Distinct().Count();
        return new TrainingSample([.. ids], [.. ids.Select((id, i) => marked[i] ? id : TrainingSample.NoLoss)]) { SilentAnswers = silent, NeverSaid = neverSaid };
    }

    /// <summary>The texts that lie between the special tokens of a conversation, each of which is encoded by itself.</summary>
    public static IEnumerable<string> Texts(ConversationRecord conversation) =>
        Pieces(Shown(Messages(conversation), out _)).Where(piece => piece.Token == HarmonyToken.Text).Select(piece => piece.Text);

    static List<HarmonyPiece> Pieces(List<HarmonyTurnMessage> kept) =>
        HarmonyRenderer.Pieces(new HarmonyConversation([.. kept.Select(m => m.Message)]), new HarmonyRendering(KeepAnalysis: true, ForTraining: true));

    /// <param name="shortened">The turns whose reasoning is left out.</param>
    static List<HarmonyTurnMessage> Shown(List<HarmonyTurnMessage> all, out HashSet<int> shortened)
    {
        // A turn begins with a message of the user.
        int last = all.Count == 0 ? 0 : all[^1].Turn;
        HashSet<int> answered = [.. all.Where(m => m.Turn < last && m.Message.Channel == HarmonySpelling.Final).Select(m => m.Turn)];
        bool IsDropped(HarmonyTurnMessage m) => answered.Contains(m.Turn) && m.Message.Channel == HarmonySpelling.Analysis;
        HashSet<int> dropped = [.. all.Where(IsDropped).Select(m => m.Turn)];
        shortened = dropped;
        return [.. all.Where(m => !IsDropped(m)).Select(m => m with { Counts = m.Counts && !dropped.Contains(m.Turn) })];
    }

    static List<HarmonyTurnMessage> Messages(ConversationRecord conversation)
    {
        var head = new List<HarmonyMessage> { HarmonyRequest.SystemMessage(conversation.Effort, conversation.Date) };
        int first = conversation.Messages.TakeWhile(HarmonyRequest.IsInstruction).Count();
        HarmonyRequest.AddDeveloper(head, conversation.Messages.Take(first), conversation.Tools);

        int turn = 0;
        List<HarmonyTurnMessage> result = [.. head.Select(m => new HarmonyTurnMessage(m, turn, Source: -1, Counts: false))];
        var calls = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = first; i < conversation.Messages.Count; i++)
        {
            ChatMessage message = conversation.Messages[i];
            if (message.Role == ChatRole.User) turn++;
            result.AddRange(Parts(message, calls).Select(part => new HarmonyTurnMessage(part, turn, i, conversation.Counts[i])));
        }
        return result;
    }

    static List<HarmonyMessage> Parts(ChatMessage message, Dictionary<string, string> calls)
    {
        var parts = new List<HarmonyMessage>();
        if (HarmonyRequest.IsInstruction(message)) HarmonyRequest.AddDeveloper(parts, [message], []);
        else if (message.Role == ChatRole.User) parts.Add(new HarmonyMessage { Role = ChatRole.User, Name = message.Name, Content = [new HarmonyText(message.Text)] });
        else if (message.Role == ChatRole.Tool) parts.Add(Result(message, calls));
        else
        {
            if (message.Reasoning is { Length: > 0 } reasoning) parts.Add(Said(HarmonySpelling.Analysis, reasoning));
            // Words beside calls announce them; without calls they are the answer.
            if (message.ToolCalls.Count == 0) parts.Add(Said(HarmonySpelling.Final, message.Text));
            else if (message.Text is { Length: > 0 } text) parts.Add(Said(HarmonySpelling.Commentary, text));
            foreach (ToolCall call in message.ToolCalls)
            {
                calls[call.Id] = call.Name;
                parts.Add(Said(HarmonySpelling.Commentary, call.Arguments) with { Recipient = HarmonySpelling.FunctionPrefix + call.Name, ContentType = HarmonySpelling.Constrain + "json" });
            }
        }
        return parts;
    }

    static HarmonyMessage Said(string channel, string text) => new() { Role = ChatRole.Assistant, Channel = channel, Content = [new HarmonyText(text)] };

    static HarmonyMessage Result(ChatMessage message, Dictionary<string, string> calls)
    {
        string name = (message.ToolCallId is { } id && calls.TryGetValue(id, out string? called) ? called : message.Name)
            ?? throw new PoiseException(message.ToolCallId is { } missing
                ? $"a tool's result answers the call \"{missing}\", which no message before it makes"
                : "a tool's result says neither which call it answers (\"tool_call_id\") nor which tool it is from (\"name\")");
        return new HarmonyMessage
        {
            Role = ChatRole.Tool,
            Name = name.StartsWith(HarmonySpelling.FunctionPrefix, StringComparison.Ordinal) ? name : HarmonySpelling.FunctionPrefix + name,
            Channel = HarmonySpelling.Commentary,
            Recipient = "assistant",
            Content = [new HarmonyText(message.Text)],
        };
    }
}

/// <summary>A message of the format, the turn that it belongs to, and the message of the sample that it comes from.</summary>
/// <param name="Counts">Whether it may carry loss.</param>
readonly record struct HarmonyTurnMessage(HarmonyMessage Message, int Turn, int Source, bool Counts);
