using Poise.Tensors;

namespace Poise.Core.Chat.Harmony;

/// <summary>How a conversation is rendered.</summary>
/// <param name="KeepAnalysis">Keeps the reasoning of answered turns. Training on it needs this: a sample of one turn would lose its reasoning.</param>
/// <param name="Next">The role whose message shall follow: its beginning is added.</param>
/// <param name="ForTraining">The last answer ends as the model has to end it.</param>
public readonly record struct HarmonyRendering(bool KeepAnalysis = false, ChatRole? Next = null, bool ForTraining = false);

/// <summary>A special token, or text that is encoded by itself.</summary>
readonly record struct HarmonyPiece(HarmonyToken Token, string Text);

/// <summary>Conversation to ids.</summary>
public static class HarmonyRenderer
{
    /// <exception cref="PoiseException">The conversation is none that the format can hold.</exception>
    public static int[] Render(HarmonyConversation conversation, HarmonyVocabulary vocabulary, HarmonyRendering rendering = default) =>
        Encode(Pieces(conversation, rendering), vocabulary);

    /// <summary>The same as text, in which a special token and text that spells one look alike.</summary>
    public static string RenderText(HarmonyConversation conversation, HarmonyRendering rendering = default) => TextOf(Pieces(conversation, rendering));

    internal static string TextOf(IEnumerable<HarmonyPiece> pieces) => string.Concat(pieces.Select(p => p.Text));

    internal static int[] Encode(IEnumerable<HarmonyPiece> pieces, HarmonyVocabulary vocabulary) =>
        [.. pieces.SelectMany(p => p.Token == HarmonyToken.Text ? vocabulary.Tokenizer.Encode(p.Text) : [vocabulary.IdOf(p.Token)])];

    internal static List<HarmonyPiece> Pieces(HarmonyConversation conversation, HarmonyRendering rendering)
    {
        HarmonyConversation shown = rendering.KeepAnalysis ? conversation : conversation.WithoutOldAnalysis();
        bool functions = conversation.Messages.Any(m => m.Content.OfType<HarmonyDeveloper>().Any(d => d.Tools.Any(n => n.Key == HarmonySpelling.Functions && n.Functions.Count > 0)));
        var pieces = new List<HarmonyPiece>();
        foreach (HarmonyMessage message in shown.Messages) Append(pieces, message, functions);
        bool answered = conversation.Messages is [.., { Role: ChatRole.Assistant, Channel: HarmonySpelling.Final }];
        if (rendering.ForTraining && answered) pieces[^1] = Special(HarmonyToken.Return);
        if (rendering.Next is { } next)
        {
            pieces.Add(Special(HarmonyToken.Start));
            AppendText(pieces, HarmonySpelling.Of(next));
        }
        return pieces;
    }

    static void Append(List<HarmonyPiece> pieces, HarmonyMessage message, bool functions)
    {
        pieces.Add(Special(HarmonyToken.Start));
        AppendText(pieces, AuthorOf(message));
        if (message.Recipient is { } recipient and not "all") AppendText(pieces, " to=" + recipient);
        if (message.Channel is { } channel)
        {
            pieces.Add(Special(HarmonyToken.Channel));
            AppendText(pieces, channel);
        }
        if (message.ContentType is { } type)
        {
            if (type.StartsWith(HarmonySpelling.Constrain, StringComparison.Ordinal))
            {
                AppendText(pieces, " ");
                pieces.Add(Special(HarmonyToken.Constrain));
                AppendText(pieces, type[HarmonySpelling.Constrain.Length..]);
            }
            else AppendText(pieces, " " + type);
        }
        pieces.Add(Special(HarmonyToken.Message));
        foreach (HarmonyContent content in message.Content) AppendText(pieces, TextOf(content, message.Role, functions));
        pieces.Add(Special(message is { Role: ChatRole.Assistant, Recipient: not null } ? HarmonyToken.Call : HarmonyToken.End));
    }

    static string AuthorOf(HarmonyMessage message)
    {
        if (message.Role == ChatRole.Tool) return message.Name ?? throw new PoiseException("A tool's message has no name: the format needs to know which tool it comes from.");
        string role = HarmonySpelling.Of(message.Role);
        return message.Name is { } name ? $"{role}:{name}" : role;
    }

    static string TextOf(HarmonyContent content, ChatRole role, bool functions) => content switch
    {
        HarmonyText text => text.Text,
        HarmonySystem system when role == ChatRole.System => HarmonySections.TextOf(system, functions),
        HarmonyDeveloper developer when role == ChatRole.Developer => HarmonySections.TextOf(developer),
        HarmonySystem => throw new PoiseException($"Content of a system message stands in a message of role {HarmonySpelling.Of(role)}."),
        _ => throw new PoiseException($"Content of a developer message stands in a message of role {HarmonySpelling.Of(role)}."),
    };

    static HarmonyPiece Special(HarmonyToken token) => new(token, HarmonySpelling.Of(token));

    static void AppendText(List<HarmonyPiece> pieces, string text)
    {
        if (text.Length > 0) pieces.Add(new HarmonyPiece(HarmonyToken.Text, text));
    }
}
