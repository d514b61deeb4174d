using System.Text;
using System.Text.Json;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Core.Training.Data;
using Poise.Tests.Support;

namespace Poise.Tests.Training.Data;

/// <summary>Ids and loss of conversations for gpt-oss, against its reference library.</summary>
public sealed class HarmonyMaskTests(ITestOutputHelper output)
{
    static readonly SampleFormat s_format = SampleFormat.Of(BuiltInVocabulary.Harmony);

    [Fact]
    public void CarriedConversationsHaveTheirIdsAndMasks() => Check(Shared.Golden("training-masks", "conversations.jsonl"), 7);

    [Fact]
    public void AllConversationsHaveTheirIdsAndMasks() => Check(Shared.Get("golden", "training", "masks", "conversations.jsonl"), 40);

    [Fact]
    public void AnswersThatLostTheirReasoningAreCounted()
    {
        TrainingSample sample = Render("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","thinking":"t","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}]}""");
        Assert.Equal(1, sample.SilentAnswers);
        Assert.Equal("<|channel|>final<|message|>d<|return|>", LossText(sample));
    }

    [Fact]
    public void TheEndOfAnAnswerInTheMiddleIsNeverLearnt()
    {
        TrainingSample sample = Render("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}]}"""), all = sample.WithEveryToken();
        int end = BuiltInVocabulary.Harmony.FindId("<|end|>")!.Value, place = Assert.Single(sample.NeverSaid);
        Assert.Equal(end, sample.Ids[place]);
        // All but the first token, which nothing foretells, and that end.
        Assert.Equal([0, place], Enumerable.Range(0, all.Length).Where(i => all.Labels[i] == TrainingSample.NoLoss));
        Assert.True(sample.Ids.Count(id => id == end) > 1);
    }

    [Fact]
    public void APromptWithACompletionIsAQuestionWithItsAnswer()
    {
        TrainingSample sample = Render("""{"prompt":"a","completion":"b"}""");
        Assert.Equal(Render("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}""").Ids, sample.Ids);
        Assert.Equal("<|channel|>final<|message|>b<|return|>", LossText(sample));
    }

    [Fact]
    public void TextEndsWithTheTokenThatEndsTexts()
    {
        TrainingSample sample = Render("""{"text":"one two<|return|>"}""");
        int[] text = BuiltInVocabulary.Harmony.Encode("one two<|return|>");
        Assert.True(text.Length > 3);
        Assert.Equal([.. text, 199999], sample.Ids);
        Assert.Equal(text.Length, sample.LossTokens);
    }

    [Fact]
    public void BothAnswersOfAPairFollowTheSamePrompt()
    {
        using JsonDocument line = JsonDocument.Parse("""
            {"input":{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"before"},{"role":"user","content":"z"}]},
             "preferred_output":[{"role":"assistant","thinking":"hm","content":"good"}],"non_preferred_output":[{"role":"assistant","content":"bad"}]}
            """);
        PreferencePair pair = s_format.Render((PreferenceRecord)DataShape.Of(line.RootElement, DataPurpose.Preferences).Read(line.RootElement));
        Assert.EndsWith("z<|end|><|start|>assistant", Text(pair.PromptIds), StringComparison.Ordinal);
        Assert.Equal("<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>good<|return|>", Text(pair.ChosenIds));
        Assert.Equal("<|channel|>final<|message|>bad<|return|>", Text(pair.RejectedIds));
        Assert.DoesNotContain("before", LossText(pair.Chosen), StringComparison.Ordinal);
    }

    void Check(string path, int count)
    {
        var wrong = new List<string>();
        string[] lines = File.ReadAllLines(path, Encoding.UTF8);
        int loss = 0;
        foreach (string text in lines)
        {
            using JsonDocument golden = JsonDocument.Parse(text);
            JsonElement root = golden.RootElement;
            TrainingSample sample = Render(root.GetProperty("line").GetRawText());
            int[] ids = [.. root.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            int[] mask = [.. root.GetProperty("mask").EnumerateArray().Select(bit => bit.GetInt32())];
            loss += sample.LossTokens;
            if (!ids.SequenceEqual(sample.Ids)) wrong.Add($"{root.GetProperty("name")}: ids\n  {Text(ids)}\n  {Text(sample.Ids)}");
            else if (!mask.Select((bit, i) => bit == 1 ? ids[i] : TrainingSample.NoLoss).SequenceEqual(sample.Labels)) wrong.Add($"{root.GetProperty("name")}: loss on {LossText(sample)}");
        }
        output.WriteLine($"{lines.Length} conversations, {loss} tokens with loss");
        Assert.Empty(wrong);
        Assert.Equal(count, lines.Length);
    }

    static TrainingSample Render(string line)
    {
        using JsonDocument document = JsonFields.Parse(Encoding.UTF8.GetBytes(line));
        return s_format.Render(DataShape.Of(document.RootElement, DataPurpose.Samples).Read(document.RootElement));
    }

    static string Text(IEnumerable<int> ids) => BuiltInVocabulary.Harmony.Decode([.. ids]);

    static string LossText(TrainingSample sample) => Text(sample.Ids.Where((_, i) => sample.Labels[i] != TrainingSample.NoLoss));
}
