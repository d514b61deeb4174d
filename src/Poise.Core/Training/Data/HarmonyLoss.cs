using Poise.Core.Chat;
using Poise.Core.Chat.Harmony;

namespace Poise.Core.Training.Data;

/// <summary>
/// Which pieces of a rendered harmony conversation the model has to produce itself. Of an assistant's message: all that follows
/// <c>&lt;|start|&gt;assistant</c>, the closing token included. The server writes this beginning after a prompt, a call or an answer; after reasoning or a
/// preamble the model goes on by itself, and the beginning counts too. The <c>&lt;|end|&gt;</c> of an answer in the middle does not count: the model
/// said <c>&lt;|return|&gt;</c> there.
/// </summary>
static class HarmonyLoss
{
    /// <param name="pieces">Of these messages, each beginning with its start token.</param>
    /// <param name="oldEnds">The pieces that end an answer in the middle.</param>
    public static bool[] Of(IReadOnlyList<HarmonyTurnMessage> messages, IReadOnlyList<HarmonyPiece> pieces, out bool[] oldEnds)
    {
        oldEnds = new bool[pieces.Count];
        bool[] loss = new bool[pieces.Count];
        int message = -1, header = 0;
        for (int i = 0; i < pieces.Count; i++)
        {
            if (pieces[i].Token == HarmonyToken.Start) (message, header) = (message + 1, 0);
            else header++;
            oldEnds[i] = pieces[i].Token == HarmonyToken.End && messages[message].Message is { Role: ChatRole.Assistant, Channel: HarmonySpelling.Final };
            if (!messages[message].Counts) continue;
            bool isBeginning = header < 2;
            loss[i] = isBeginning ? GoesOn(messages, message) : !oldEnds[i];
        }
        return loss;
    }

    static bool GoesOn(IReadOnlyList<HarmonyTurnMessage> messages, int index) =>
        index > 0 && messages[index - 1].Message is { Role: ChatRole.Assistant, Recipient: null, Channel: not HarmonySpelling.Final };
}
