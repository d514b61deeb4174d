using System.Text.Json;
using Poise.Core.Tokenizers;
using Poise.Tensors;

namespace Poise.Core.Chat.Harmony;

/// <summary>Conversations as JSON lines: <c>{"id", "messages"}</c>.</summary>
public static class HarmonyCases
{
    /// <summary>Renders a line's messages.</summary>
    /// <exception cref="PoiseException">The line is no conversation, or none that the format can hold.</exception>
    public static (int[] Ids, string Text) Render(JsonElement line, Tokenizer tokenizer, bool keepAnalysis)
    {
        if (line.ValueKind != JsonValueKind.Object || !line.TryGetProperty("messages", out JsonElement messages)) throw new PoiseException("\"messages\" is missing.");
        List<HarmonyPiece> pieces = HarmonyRenderer.Pieces(HarmonyReader.Read(messages), new HarmonyRendering(keepAnalysis));
        return (HarmonyRenderer.Encode(pieces, new HarmonyVocabulary(tokenizer)), HarmonyRenderer.TextOf(pieces));
    }
}
