using System.Text.Json;
using Poise.Core.Chat;
using Poise.Core.Chat.Harmony;
using Poise.Tensors;

namespace Poise.Tests.Chat.Harmony;

/// <summary>Every golden conversation, id for id and letter for letter.</summary>
public class HarmonyRendererTests(ITestOutputHelper output)
{
    [Fact]
    public void GoldenConversationsAreRendered()
    {
        HarmonyVocabulary vocabulary = HarmonyGolden.Vocabulary;
        int rendered = 0, kept = 0, refused = 0, trained = 0;
        foreach (JsonElement line in HarmonyGolden.Lines("render.jsonl"))
        {
            string id = HarmonyGolden.Text(line, "id");
            if (line.TryGetProperty("error", out _))
            {
                PoiseException refusal = Assert.Throws<PoiseException>(() => HarmonyCases.Render(line, vocabulary.Tokenizer, keepAnalysis: false));
                Assert.InRange(refusal.Message.Length, 20, 200);
                refused++;
                continue;
            }
            JsonElement drop = line.GetProperty("drop"), keep = line.GetProperty("keep");
            Check(id, drop, HarmonyCases.Render(line, vocabulary.Tokenizer, keepAnalysis: false));
            Check(id, keep.ValueKind == JsonValueKind.Null ? drop : keep, HarmonyCases.Render(line, vocabulary.Tokenizer, keepAnalysis: true));
            kept += keep.ValueKind == JsonValueKind.Null ? 0 : 1;
            rendered++;

            HarmonyConversation conversation = HarmonyReader.Read(line.GetProperty("messages"));
            int[] ids = HarmonyGolden.Ids(drop.GetProperty("tokens"));
            Assert.Equal([.. ids, 200006, 173781], HarmonyRenderer.Render(conversation, vocabulary, new HarmonyRendering(Next: ChatRole.Assistant)));
            Assert.Equal([.. ids, 200006, 1428], HarmonyRenderer.Render(conversation, vocabulary, new HarmonyRendering(Next: ChatRole.User)));
            if (ids.Length == 0) continue;
            int last = line.GetProperty("training_last").GetInt32();
            foreach (bool keepAnalysis in (bool[])[false, true])
            {
                int[] training = HarmonyRenderer.Render(conversation, vocabulary, new HarmonyRendering(keepAnalysis, ForTraining: true));
                int[] plain = HarmonyRenderer.Render(conversation, vocabulary, new HarmonyRendering(keepAnalysis));
                Assert.Equal([.. plain[..^1], last], training);
            }
            trained += last == 200002 ? 1 : 0;
        }
        output.WriteLine($"{rendered} rendered ({kept} differ where analysis is kept, {trained} end an answer), {refused} refused");
        Assert.Equal(289, rendered + refused);
    }

    static void Check(string id, JsonElement expected, (int[] Ids, string Text) actual)
    {
        Assert.True(HarmonyGolden.Text(expected, "text") == actual.Text, $"{id}: want {HarmonyGolden.Text(expected, "text")}\ngot {actual.Text}");
        Assert.Equal(HarmonyGolden.Ids(expected.GetProperty("tokens")), actual.Ids);
    }
}
