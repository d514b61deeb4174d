namespace Poise.Core.Chat.Harmony;

/// <summary>Messages in order.</summary>
public sealed record HarmonyConversation(IReadOnlyList<HarmonyMessage> Messages)
{
    /// <summary>
    /// The conversation without the reasoning of answered turns. Only where the assistant's last message is an answer: reasoning around calls
    /// that wait for one is needed. Removed is what is on channel analysis before the first message on channel final, whoever wrote it.
    /// </summary>
    public HarmonyConversation WithoutOldAnalysis()
    {
        if (Messages.LastOrDefault(m => m.Role == ChatRole.Assistant)?.Channel != HarmonySpelling.Final) return this;
        int first = Messages.TakeWhile(m => m.Channel != HarmonySpelling.Final).Count();
        return new HarmonyConversation([.. Messages.Where((m, i) => i >= first || m.Channel != HarmonySpelling.Analysis)]);
    }
}
