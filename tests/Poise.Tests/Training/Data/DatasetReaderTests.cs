using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Poise.Core.Library;
using Poise.Core.Tokenizers;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Core.Training.Data;
using Poise.Tensors;
using Poise.Tests.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Training.Data;

public sealed class DatasetReaderTests : IDisposable
{
    /// <summary>A line of each shape, and what it becomes with the template below: the text, with what carries loss in brackets.</summary>
    static readonly (string Line, string Expected)[] s_shapes =
    [
        ("""{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":"b"}],"id":7}""", "<u>a<e><a>[b<e>]"),
        ("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":0},{"role":"user","content":"c"},{"role":"assistant","content":"d","weight":1}]}""", "<u>a<e><a>b<e><u>c<e><a>[d<e>]"),
        ("""{"prompt":"a","completion":"b"}""", "<u>a<e><a>[b<e>]"),
        ("""{"prompt":[{"role":"user","content":"a"},{"role":"assistant","content":"x"},{"role":"user","content":"y"}],"completion":[{"role":"assistant","content":"b"}]}""", "<u>a<e><a>x<e><u>y<e><a>[b<e>]"),
        ("""{"conversations":[{"from":"system","value":"s"},{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}""", "<s>s<e><u>a<e><a>[b<e>]"),
        ("""{"instruction":"a","input":"","output":"b"}""", "<u>a<e><a>[b<e>]"),
        ("""{"instruction":"a","input":"i","output":"b"}""", "<u>a\n\ni<e><a>[b<e>]"),
        ("""{"text":"abc"}""", "a[bc<e>]"),
        ("""{"input_ids":[97,98,99],"labels":[-100,-100,99]}""", "ab[c]"),
        ("""{"input_ids":[97,98,99,0,0],"attention_mask":[1,1,1,0,0]}""", "a[bc]"),
    ];

    static readonly (string Line, string Chosen, string Rejected)[] s_pairs =
    [
        ("""{"input":{"messages":[{"role":"user","content":"a"}]},"preferred_output":[{"role":"assistant","content":"b"}],"non_preferred_output":[{"role":"assistant","content":"c"}]}""", "<u>a<e><a>[b<e>]", "<u>a<e><a>[c<e>]"),
        ("""{"prompt":"a","chosen":"b","rejected":"c","messages":[]}""", "<u>a<e><a>[b<e>]", "<u>a<e><a>[c<e>]"),
        ("""{"prompt":"a","chosen":[{"role":"assistant","content":"b"}],"rejected":[{"role":"assistant","content":"c"}]}""", "<u>a<e><a>[b<e>]", "<u>a<e><a>[c<e>]"),
        ("""{"prompt":[{"role":"user","content":"a"}],"chosen":"b","rejected":"c"}""", "<u>a<e><a>[b<e>]", "<u>a<e><a>[c<e>]"),
        ("""{"prompt":"a","chosen":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"rejected":[{"role":"user","content":"a"},{"role":"assistant","content":"c"}]}""", "<u>a<e><a>[b<e>]", "<u>a<e><a>[c<e>]"),
        ("""{"chosen":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"rejected":[{"role":"user","content":"a"},{"role":"assistant","content":"c"}]}""", "<u>a<e><a>[b<e>]", "<u>a<e><a>[c<e>]"),
        ("""{"chosen":"Human: a Assistant: bad","rejected":"Human: a Assistant: big"}""", "Human: a Assistant:[ bad<e>]", "Human: a Assistant:[ big<e>]"),
        ("""{"prompt":[97,98],"chosen":[99],"rejected":[100,101]}""", "ab[c]", "ab[de]"),
        ("""{"chosen":[97,98,99],"rejected":[97,98,100,101]}""", "ab[c]", "ab[de]"),
    ];

    const string Template = "{% for m in messages %}{{ {'system': '<s>', 'user': '<u>', 'assistant': '<a>', 'tool': '<t>'}[m.role] }}{{ m.content }}<e>{% endfor %}{% if add_generation_prompt %}<a>{% endif %}";

    static readonly Tokenizer s_tokenizer = SpelledTokenizer.Create(["<s>", "<u>", "<a>", "<t>", "<e>"]);
    static readonly SampleFormat s_format = SampleFormat.Of(s_tokenizer, new ChatTemplateSource(Template, null, "<e>"), [s_tokenizer.FindId("<e>")!.Value]);

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryShapeOfSamplesIsRecognised()
    {
        foreach ((string line, string expected) in s_shapes) Assert.Equal(expected, Shown(Assert.Single(Read(line + "\n").Samples)));
    }

    [Fact]
    public void EveryShapeOfPreferencesIsRecognised()
    {
        foreach ((string line, string chosen, string rejected) in s_pairs)
        {
            PreferencePair pair = Assert.Single(Read(line, purpose: DataPurpose.Preferences).Pairs);
            Assert.Equal((chosen, rejected), (Shown(pair.Chosen), Shown(pair.Rejected)));
            Assert.Equal(chosen[..chosen.IndexOf('[', StringComparison.Ordinal)], s_tokenizer.Decode([.. pair.PromptIds]));
        }
    }

    [Fact]
    public void CallsOfShareGptAreCalls()
    {
        const string Line = """{"conversations":[{"from":"human","value":"a"},{"from":"function_call","value":"{\"name\":\"f\",\"arguments\":{\"x\":1}}"},{"from":"observation","value":"r"},{"from":"gpt","value":"b"}]}""";
        SampleFormat harmony = SampleFormat.Of(BuiltInVocabulary.Harmony);
        string text = BuiltInVocabulary.Harmony.Decode([.. Assert.Single(Read(Line, format: harmony).Samples).Ids]);
        Assert.Contains("assistant to=functions.f<|channel|>commentary <|constrain|>json<|message|>{\"x\":1}<|call|><|start|>functions.f to=assistant<|channel|>commentary<|message|>r<|end|>", text, StringComparison.Ordinal);
    }

    [Fact]
    public void AllBadLinesAreToldAtOnce()
    {
        string good = s_shapes[0].Line;
        string file = Write("d.jsonl", $$"""
            {{good}}
            {"messages":[]}

            {"messages":[{"role":"user"}]}
            not json
            {"messages":[{"role":"robot","content":"x"}]}
            {"text":"another shape"}
            {"messages":[{"role":"assistant","content":"x","weight":0.5}]}
            {"messages":[{"role":"user","content":"\ud83d"}]}
            {"messages":[{"role":"user","content":[{"type":"image_url"}]}]}
            {"messages":[{"role":"assistant"}]}
            {{good}}
            """);
        string[] message = Assert.Throws<PoiseException>(() => DatasetReader.Read([file], s_format)).Message.Split('\n');
        string[] expected =
        [
            "line 2: \"messages\" is empty",
            "line 4: message 1 of \"messages\": \"content\" is missing",
            "line 5: not well-formed JSON: ",
            "line 6: message 1 of \"messages\": \"role\" is none of system, developer, user, assistant, tool",
            "line 7: \"messages\" is missing; line 1 makes this a file of the shape \"chat messages\"",
            "line 8: message 1 of \"messages\": \"weight\" is neither 0 nor 1",
            "line 9: a text has an escape such as \\ud83d that is half a character",
            "line 10: message 1 of \"messages\": a part of \"content\" is not of type text; Poise trains on text only",
            "line 11: message 1 of \"messages\": the assistant's message has neither \"content\" nor \"tool_calls\"",
        ];
        Assert.Equal(expected.Length, message.Length);
        Assert.All(expected.Zip(message), pair => Assert.StartsWith($"{file}, {pair.First}", pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public void OfManyBadLinesTwentyAreShownAndAllCounted()
    {
        string file = Write("many.jsonl", s_shapes[7].Line + "\n" + string.Concat(Enumerable.Repeat("{\"text\":1}\n", 100)));
        string[] message = Assert.Throws<PoiseException>(() => DatasetReader.Read([file], s_format)).Message.Split('\n');
        Assert.Equal(21, message.Length);
        Assert.Equal("... and 80 more lines", message[^1]);
    }

    [Theory]
    [InlineData("""{"prompt":"a","completion":"b","label":false}""", "unpaired preferences")]
    [InlineData("""{"question":"a","answer":"b"}""", "no known shape of data")]
    [InlineData("""{"prompt":"a","chosen":"b","rejected":"c"}""", "for training on preferences")]
    [InlineData("""{"input_ids":[300]}""", "outside the model's vocabulary")]
    [InlineData("""{"input_ids":[1,2],"labels":[1]}""", "\"labels\" has 1 entries")]
    [InlineData("""{"input_ids":[1,2],"labels":[1,-5]}""", "the label -5")]
    [InlineData("""[1,2]""", "not a JSON object")]
    [InlineData("", "there are no data")]
    public void WhatCannotBeTrainedOnIsRefused(string line, string reason) => Assert.Contains(reason, Assert.Throws<PoiseException>(() => Read(line)).Message, StringComparison.Ordinal);

    [Fact]
    public void AnswersOfAPairMustDifferAndFollowTheSamePrompt()
    {
        Assert.Contains("are the same", Problem("""{"prompt":"a","chosen":"b","rejected":"b"}"""), StringComparison.Ordinal);
        Assert.Contains("different messages", Problem("""{"chosen":[{"role":"user","content":"a"}],"rejected":[{"role":"user","content":"b"}]}"""), StringComparison.Ordinal);
        Assert.Contains("has no preferences", Problem("""{"text":"b"}"""), StringComparison.Ordinal);
        string Problem(string line) => Assert.Throws<PoiseException>(() => Read(line, purpose: DataPurpose.Preferences)).Message;
    }

    [Fact]
    public void FilesAreReadInOrderAndHashed()
    {
        string one = Write("one.jsonl", "\uFEFF" + s_shapes[7].Line + "\r\n"), two = Write("two.json", "[\n" + s_shapes[0].Line + ",\n\n" + s_shapes[1].Line + "]");
        string three = Write("three.txt", "first\ntext\n<|endoftext|>\nsecond\n"), four = Write("four.json", "{\n \"text\": \"x\"\n}\n{\"text\":\"y\"}");
        Dataset data = DatasetReader.Read([one, two, three, four], s_format);
        Assert.Equal([(one, 1), (two, 2), (two, 4), (three, 1), (three, 4), (four, 1), (four, 4)], data.Samples.Select(sample => (sample.Place.File, sample.Place.Line)));
        Assert.Equal("f[irst\ntext<e>]", Shown(data.Samples[3]));
        byte[] all = [.. data.Files.SelectMany(file => File.ReadAllBytes(file.Path))];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(all)), data.Sha256);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(two))), data.Files[1].Sha256);
        Assert.Equal(["text", "chat messages", "running text", "text"], data.Files.Select(file => file.Shape));
        Assert.Equal(new FileInfo(two).Length, data.Files[1].Bytes);
    }

    [Fact]
    public void AnArrayNamesTheLineOfItsProblem()
    {
        string file = Write("bad.json", "[\n{\"text\":\"a\"},\n{\"text\":3},\n{\"text\":\n\"b\",}]");
        Assert.Equal($"{file}, line 3: \"text\" is not a text\n{file}, line 5: not well-formed JSON: ", Assert.Throws<PoiseException>(() => DatasetReader.Read([file], s_format)).Message.Split("JSON: ")[0] + "JSON: ");
    }

    [Fact]
    public void OtherFilesAreRefusedByName()
    {
        Assert.Contains("does not exist", Assert.Throws<PoiseException>(() => DatasetReader.Read([_folder.File("none.jsonl")], s_format)).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<PoiseException>(() => DatasetReader.Read([_folder.Path], s_format)).Message, StringComparison.Ordinal);
        Assert.Contains("Parquet", Assert.Throws<PoiseException>(() => Read("PAR1....")).Message, StringComparison.Ordinal);
        Assert.Contains("compressed", Assert.Throws<PoiseException>(() => DatasetReader.Read([Write("z.jsonl", [0x1F, 0x8B, 8, 0])], s_format)).Message, StringComparison.Ordinal);
        Assert.Contains("no tokenizer", Assert.Throws<PoiseException>(() => Read(s_shapes[7].Line, format: SampleFormat.OfIds(10))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LongSamplesAreCutAndLongTextsParted()
    {
        Dataset data = Read(string.Join('\n', s_shapes[9].Line, """{"input_ids":[97,98,99,100,101],"labels":[-100,98,99,-100,101]}""", """{"input_ids":[97,98,99,100],"labels":[-100,-100,-100,100]}""", """{"input_ids":[97,98],"labels":[-100,-100]}"""));
        FittedData fitted = FittedData.Of(data, 3);
        Assert.Equal(["a[bc]", "a[bc]"], fitted.Samples.Select(Shown));
        Assert.Equal((2, 3L), (fitted.CutSequences, fitted.CutTokens));
        Assert.Equal(3, Assert.Single(fitted.LossCutAway).Line);
        Assert.Equal(4, Assert.Single(fitted.WithoutLoss).Line);
        DatasetStatistics figures = DatasetStatistics.Of(data, fitted);
        Assert.Equal((4, 14L, 6L, 5, 6L, 4L), (figures.Samples, figures.Tokens, figures.LossTokens, figures.Longest, figures.KeptTokens, figures.KeptLossTokens));

        FittedData text = FittedData.Of(Read("""{"text":"abcdefg"}"""), 4);
        Assert.Equal(["a[bcd]", "d[efg]", "g[<e>]"], text.Samples.Select(Shown));
    }

    [Fact]
    public void DataWithoutLossAreRefusedInOneSentence()
    {
        Assert.Contains("No token of the data carries loss", Assert.Throws<PoiseException>(() => FittedData.Of(Read("""{"messages":[{"role":"user","content":"a"}]}"""), 10)).Message, StringComparison.Ordinal);
        Assert.Contains("within 2 tokens", Assert.Throws<PoiseException>(() => FittedData.Of(Read(s_shapes[0].Line), 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DataOfOtherTrainersAreRead()
    {
        string golden = Shared.Get("golden", "training");
        SampleFormat ids = SampleFormat.OfIds(50_000);
        foreach (string path in Directory.EnumerateFiles(golden, "data.jsonl", SearchOption.AllDirectories)) Assert.All(DatasetReader.Read([path], ids).Samples, sample => Assert.True(sample.LossTokens > 0));
        string pairs = Path.Combine(golden, "dpo-llama", "pairs.jsonl");
        using JsonDocument first = JsonDocument.Parse(File.ReadLines(pairs).First());
        PreferencePair pair = DatasetReader.Read([pairs], ids, DataPurpose.Preferences).Pairs[0];
        foreach ((string name, IEnumerable<int> found) in ((string, IEnumerable<int>)[])[("prompt", pair.PromptIds), ("chosen", pair.ChosenIds), ("rejected", pair.RejectedIds)])
            Assert.Equal(first.RootElement.GetProperty(name).EnumerateArray().Select(id => id.GetInt32()), found);

        string fixtures = Shared.Get("data", "text", "axolotl-fixtures");
        SampleFormat harmony = SampleFormat.Of(BuiltInVocabulary.Harmony);
        Assert.Equal("ShareGPT conversations", Assert.Single(DatasetReader.Read([Path.Combine(fixtures, "conversation.json")], harmony).Files).Shape);
        Assert.Equal("Alpaca instructions", Assert.Single(DatasetReader.Read([Path.Combine(fixtures, "alpaca", "alpaca.json")], harmony).Files).Shape);
        Assert.Equal("ids", Assert.Single(DatasetReader.Read([Path.Combine(fixtures, "conversation.tokenized.json")], ids).Files).Shape);
    }

    /// <summary>Damaged lines end in a PoiseException or in samples, never otherwise.</summary>
    [Theory]
    [InlineData(DataPurpose.Samples)]
    [InlineData(DataPurpose.Preferences)]
    public void DamagedLinesNeverCrash(DataPurpose purpose)
    {
        string[] lines = [.. purpose == DataPurpose.Samples ? s_shapes.Select(shape => shape.Line) : s_pairs.Select(pair => pair.Line),
            """{"conversations":[{"from":"human","value":"a"},{"from":"function_call","value":"{\"name\":\"f\",\"arguments\":{}}"},{"from":"observation","value":"r"}],"tools":"[{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}]"}""",
            """{"messages":[{"role":"user","content":"<e>"},{"role":"assistant","thinking":"t","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}],"tools":[{"type":"function","function":{"name":"f","description":"<e>","parameters":{"type":"object","properties":{"a":{"type":"string","enum":["x"]}},"required":["a"]}}}],"reasoning_effort":"low"}"""];
        byte[][] originals = [.. lines.Select(Encoding.UTF8.GetBytes)];
        var random = new Random(purpose == DataPurpose.Samples ? 17 : 18);
        var mutator = new Mutator(random);
        SampleFormat harmony = SampleFormat.Of(SpelledTokenizer.Create(["<|start|>", "<|channel|>", "<|constrain|>", "<|message|>", "<|end|>", "<|call|>", "<|return|>", "<|endoftext|>"]));
        int read = 0, refused = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] line = mutator.Mutate(originals[random.Next(originals.Length)], originals[random.Next(originals.Length)], isText: true, 4096);
            foreach (SampleFormat format in (SampleFormat[])[s_format, harmony])
            {
                try
                {
                    using JsonDocument document = JsonFields.Parse(line);
                    DataRecord record = DataShape.Of(document.RootElement, purpose).Read(document.RootElement);
                    if (record is PreferenceRecord pair) format.Render(pair);
                    else format.Render(record);
                    read++;
                }
                catch (PoiseException)
                {
                    refused++;
                }
            }
        }
        Assert.True(read > 1000 && refused > 1000, $"{read} read, {refused} refused");
    }

    [Fact]
    public void DamagedFilesNeverCrash()
    {
        byte[][] originals = [Encoding.UTF8.GetBytes("[" + string.Join(",\n", s_shapes.Take(2).Select(shape => shape.Line)) + "]"), Encoding.UTF8.GetBytes(s_shapes[0].Line + "\n" + s_shapes[1].Line)];
        var random = new Random(19);
        var mutator = new Mutator(random);
        for (int round = 0; round < 600; round++)
        {
            string file = Write(round % 2 == 0 ? "m.json" : round % 3 == 0 ? "m.txt" : "m.jsonl", mutator.Mutate(originals[random.Next(2)], originals[random.Next(2)], isText: true, 4096));
            try
            {
                Assert.NotEmpty(DatasetReader.Read([file], s_format).Samples);
            }
            catch (PoiseException error)
            {
                Assert.Contains(file, error.Message, StringComparison.Ordinal);
            }
        }
    }

    Dataset Read(string text, SampleFormat? format = null, DataPurpose purpose = DataPurpose.Samples) => DatasetReader.Read([Write("data.jsonl", text)], format ?? s_format, purpose);

    string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(_folder.File(name), bytes);
        return _folder.File(name);
    }

    static string Shown(TrainingSample sample)
    {
        var text = new StringBuilder();
        for (int i = 0; i < sample.Length; i++)
        {
            bool loss = sample.Labels[i] != TrainingSample.NoLoss, before = i > 0 && sample.Labels[i - 1] != TrainingSample.NoLoss;
            if (loss != before) text.Append(loss ? '[' : ']');
            text.Append(s_tokenizer.Decode([sample.Ids[i]]));
        }
        return (sample.Labels[^1] != TrainingSample.NoLoss ? text.Append(']') : text).ToString();
    }
}
