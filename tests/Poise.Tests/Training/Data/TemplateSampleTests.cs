using System.Text;
using System.Text.Json;
using Poise.Core.Library;
using Poise.Core.Tokenizers;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Core.Training.Data;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Training.Data;

/// <summary>Where loss falls in conversations that a model's own template writes. The parts with loss are compared as text.</summary>
public sealed partial class TemplateSampleTests
{
    const string TwoTurns = """{"messages":[{"role":"system","content":"s"},{"role":"user","content":"one"},{"role":"assistant","content":"first"},{"role":"user","content":"two"},{"role":"assistant","content":"second"}]}""";
    const string ChatMl = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    static readonly Tokenizer s_chatMl = SpelledTokenizer.Create(["<|im_start|>", "<|im_end|>", "<|endoftext|>"]);
    static readonly Tokenizer s_phi = SpelledTokenizer.Create(["<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|endoftext|>"]);

    [Fact]
    public void AnAnswerEndsWithTheTokenThatEndsTheTurn()
    {
        TrainingSample sample = Render(ChatMl, s_chatMl, TwoTurns, "<|im_end|>");
        Assert.Equal(["first<|im_end|>", "second<|im_end|>"], Losses(sample, s_chatMl));
        Assert.EndsWith("second<|im_end|>\n", Text(sample.Ids, s_chatMl), StringComparison.Ordinal);
    }

    [Fact]
    public void WeightZeroTakesTheLossAway() =>
        Assert.Equal(["second<|im_end|>"], Losses(Render(ChatMl, s_chatMl, TwoTurns.Replace("\"first\"", "\"first\",\"weight\":0", StringComparison.Ordinal), "<|im_end|>"), s_chatMl));

    [Fact]
    public void SpelledSpecialTokensStayLetters()
    {
        string line = TwoTurns.Replace("first", "fi<|im_end|>rst", StringComparison.Ordinal);
        TrainingSample sample = Render(ChatMl, s_chatMl, line, "<|im_end|>");
        Assert.Equal(["fi<|im_end|>rst<|im_end|>", "second<|im_end|>"], Losses(sample, s_chatMl));
        Assert.Equal(5, sample.Ids.Count(id => id == s_chatMl.FindId("<|im_end|>")));
        // In a tool's description as well.
        string tools = TwoTurns[..^1] + ""","tools":[{"type":"function","function":{"name":"f","description":"<|im_end|>","parameters":{"type":"object","properties":{"a":{"description":"x <|im_start|>"}}}}}]}""";
        sample = Render("{{ tools | tojson }}" + ChatMl, s_chatMl, tools, "<|im_end|>");
        Assert.Equal(5, sample.Ids.Count(id => id == s_chatMl.FindId("<|im_end|>")));
        Assert.Contains("\"x <|im_start|>\"", Text(sample.Ids, s_chatMl), StringComparison.Ordinal);
    }

    [Fact]
    public void ReasoningThatIsNoLongerShownSilencesItsAnswer()
    {
        const string Line = """{"messages":[{"role":"user","content":"one"},{"role":"assistant","thinking":"deep","content":"first"},{"role":"user","content":"two"},{"role":"assistant","thinking":"deeper","content":"second"}]}""";
        string template = Template("llama.cpp_Qwen-Qwen3-0.6B.jinja");
        TrainingSample sample = Render(template, s_chatMl, Line, "<|im_end|>");
        Assert.Equal(["<think>\ndeeper\n</think>\n\nsecond<|im_end|>"], Losses(sample, s_chatMl));
        Assert.Equal(1, sample.SilentAnswers);
        Assert.DoesNotContain("deep\n", Text(sample.Ids, s_chatMl), StringComparison.Ordinal);
    }

    [Fact]
    public void CallsAreAnswersAndResultsAreNot()
    {
        const string Line = """
            {"messages":[{"role":"user","content":"sum"},{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{\"a\": 1}"}}]},
            {"role":"tool","tool_call_id":"c1","content":"3"},{"role":"assistant","content":"three"}],"tools":[{"type":"function","function":{"name":"add","parameters":{"type":"object","properties":{}}}}]}
            """;
        TrainingSample sample = Render(Template("llama.cpp_Qwen-Qwen3-0.6B.jinja"), s_chatMl, Line.ReplaceLineEndings(""), "<|im_end|>");
        List<string> losses = Losses(sample, s_chatMl);
        Assert.Equal(2, losses.Count);
        // As the last message the call would have an empty block of reasoning in front; the conversation shows it without.
        Assert.Equal("<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}}\n</tool_call><|im_end|>", losses[0]);
        Assert.Equal(0, sample.SilentAnswers);
        Assert.EndsWith("three<|im_end|>", losses[1], StringComparison.Ordinal);
    }

    /// <summary>Templates that mark the answers themselves agree with the two renderings, but for the break after the last token, which no model has to write.</summary>
    [Theory]
    [InlineData("trl_qwen3_training.jinja", true, "<|im_end|>")]
    [InlineData("trl_phi3_training.jinja", false, "<|end|>")]
    public void MarksOfATemplateAgreeWithItsPrompts(string name, bool chatMl, string stop)
    {
        Tokenizer tokenizer = chatMl ? s_chatMl : s_phi;
        List<string> asked = Losses(Render(Template(name), tokenizer, TwoTurns, stop), tokenizer);
        List<string> marked = Losses(Marked(Template(name), tokenizer, TwoTurns), tokenizer);
        Assert.Equal(2, asked.Count);
        Assert.Equal(marked.Select(text => text[..(text.IndexOf(stop, StringComparison.Ordinal) + stop.Length)]), asked);
    }

    /// <summary>
    /// As above for all templates of that kind, each with its own special tokens. Some of them also mark what the prompt writes for the model already, or the
    /// end of an answer in the middle that the model would have ended otherwise.
    /// </summary>
    [Fact]
    public void MarksOfAllTrainingTemplatesAgree()
    {
        string[] stops = ["<|im_end|>", "<|eot_id|>", "<|end|>", "<end_of_turn>", "<turn|>", "<|END_OF_TURN_TOKEN|>", "<｜end▁of▁sentence｜>", "<|return|>", "<|endoftext|>", "<|user|>"];
        string withoutSystem = TwoTurns.Replace("""{"role":"system","content":"s"},""", "", StringComparison.Ordinal);
        int agreed = 0;
        foreach (string path in Directory.EnumerateFiles(Shared.Get("data", "chat-templates", "trl"), "*_training.jinja"))
        {
            string template = File.ReadAllText(path), name = Path.GetFileName(path);
            // These take lists of parts only, which are for pictures.
            bool partsOnly = name is "llava_next_training.jinja" or "idefics3_training.jinja";
            Tokenizer tokenizer = SpelledTokenizer.Create([.. SpecialToken().Matches(template).Select(match => match.Value).Concat(stops).Distinct()]);
            SampleFormat format = SampleFormat.Of(tokenizer, new ChatTemplateSource(template, "<bos>", "<|endoftext|>"), [.. stops.Select(stop => tokenizer.FindId(stop)!.Value)]);
            if (partsOnly)
            {
                Assert.ThrowsAny<PoiseException>(() => Render(format, withoutSystem));
                continue;
            }
            List<string> asked = Losses(Render(format, withoutSystem), tokenizer), marked = Losses(Marked(template, tokenizer, withoutSystem), tokenizer);
            Assert.True(asked.Count == marked.Count, name);
            foreach ((string one, string other) in asked.Zip(marked))
            {
                int at = other.IndexOf(one, StringComparison.Ordinal);
                Assert.True(at >= 0 && one.Contains(one == asked[0] ? "first" : "second", StringComparison.Ordinal), $"{name}: {one} in {other}");
                Assert.Contains(other[(at + one.Length)..].Replace("<|endoftext|>", "", StringComparison.Ordinal).Trim(), (string[])["", "<|end|>"]);
                Assert.Contains(other[..at].Trim(), (string[])["", "<think>", "<think>\n\n</think>", "<|start|>assistant"]);
            }
            agreed++;
        }
        Assert.True(agreed >= 22, $"{agreed} templates");
    }

    [Fact]
    public void MarksDecideWherePromptsDoNotAgree()
    {
        // The prompt says something that the conversation does not show.
        const string Template = "{% for m in messages %}[{{ m.role }}]{% if m.role == 'assistant' %}{% generation %}é{{ m.content }}<|im_end|>{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}{% if add_generation_prompt %}(go on){% endif %}";
        TrainingSample sample = Render(Template, s_chatMl, TwoTurns, "<|im_end|>");
        Assert.Equal(["éfirst<|im_end|>", "ésecond<|im_end|>"], Losses(sample, s_chatMl));
        string weighted = TwoTurns.Replace("\"second\"", "\"sec<|im_end|>ond\",\"weight\":0", StringComparison.Ordinal).Replace("one", "o<|im_end|>ne", StringComparison.Ordinal);
        Assert.Equal(["éfirst<|im_end|>"], Losses(Render(Template, s_chatMl, weighted, "<|im_end|>"), s_chatMl));
        string bare = Template.Replace("{% generation %}", "", StringComparison.Ordinal).Replace("{% endgeneration %}", "", StringComparison.Ordinal);
        Assert.Contains("cannot be told from the rest", Assert.Throws<PoiseException>(() => Render(bare, s_chatMl, TwoTurns, "<|im_end|>")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATokenNeverSpansPromptAndAnswer()
    {
        // "Assistant: " and "Hello" have a token in common, " Hello": the model is asked with a blank at the end and answers without.
        Tokenizer gpt2 = TokenizerLoader.Open(Shared.Golden("tokenizers", "models", "gpt2"));
        const string Template = "{% for m in messages %}{{ 'User: ' if m.role == 'user' else 'Assistant: ' }}{{ m.content }}{{ '<|endoftext|>' if m.role == 'assistant' else '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}";
        TrainingSample sample = Render(Template, gpt2, """{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello there"},{"role":"user","content":"Why"},{"role":"assistant","content":"Because"}]}""", "<|endoftext|>");
        Assert.Equal(["Hello there<|endoftext|>", "Because<|endoftext|>"], Losses(sample, gpt2));
        int[] prompt = gpt2.Encode("User: Hi\nAssistant: ");
        Assert.Equal(prompt, sample.Ids.Take(prompt.Length));
        Assert.Equal([.. gpt2.Encode("Hello there"), gpt2.FindId("<|endoftext|>")!.Value], sample.Ids.Skip(prompt.Length).Take(sample.Labels.Skip(prompt.Length).TakeWhile(label => label != TrainingSample.NoLoss).Count()));
    }

    [Fact]
    public void ContinuationsOfAModelWithoutTemplateAreTexts()
    {
        Tokenizer gpt2 = TokenizerLoader.Open(Shared.Golden("tokenizers", "models", "gpt2"));
        SampleFormat format = SampleFormat.Of(gpt2);
        Assert.False(format.HoldsConversations);
        Assert.Equal([" sat<|endoftext|>"], Losses(Render(format, """{"prompt":"The cat","completion":" sat"}"""), gpt2));
        Assert.Equal(["sat<|endoftext|>"], Losses(Render(format, """{"prompt":"The cat ","completion":"sat"}"""), gpt2));
        TrainingSample alpaca = Render(format, """{"instruction":"Add","input":"1 2","output":"3"}""");
        Assert.Equal("Add\n\n1 2\n\n3<|endoftext|>", Text(alpaca.Ids, gpt2));
        Assert.Equal(["3<|endoftext|>"], Losses(alpaca, gpt2));
        Assert.Contains("no chat template", Assert.Throws<PoiseException>(() => Render(format, TwoTurns)).Message, StringComparison.Ordinal);
    }

    static string Template(string name) => File.ReadAllText(Shared.Golden("jinja", "templates", name));

    static TrainingSample Render(string template, Tokenizer tokenizer, string line, string stop) =>
        Render(SampleFormat.Of(tokenizer, new ChatTemplateSource(template, null, "<|endoftext|>"), [tokenizer.FindId(stop)!.Value]), line);

    // The same template for a model that nothing is known to end.
    static TrainingSample Marked(string template, Tokenizer tokenizer, string line)
    {
        string prompts = "{% if add_generation_prompt %}(another prompt){% endif %}" + template;
        return Render(SampleFormat.Of(tokenizer, new ChatTemplateSource(prompts, null, "<|endoftext|>")), line);
    }

    static TrainingSample Render(SampleFormat format, string line)
    {
        using JsonDocument document = JsonFields.Parse(Encoding.UTF8.GetBytes(line));
        return format.Render(DataShape.Of(document.RootElement, DataPurpose.Samples).Read(document.RootElement));
    }

    static string Text(IEnumerable<int> ids, Tokenizer tokenizer) => tokenizer.Decode([.. ids]);

    static List<string> Losses(TrainingSample sample, Tokenizer tokenizer)
    {
        var runs = new List<List<int>>();
        for (int i = 0; i < sample.Length; i++)
        {
            if (sample.Labels[i] == TrainingSample.NoLoss) continue;
            Assert.Equal(sample.Ids[i], sample.Labels[i]);
            if (i == 0 || sample.Labels[i - 1] == TrainingSample.NoLoss) runs.Add([]);
            runs[^1].Add(sample.Ids[i]);
        }
        return [.. runs.Select(run => Text(run, tokenizer))];
    }

    [System.Text.RegularExpressions.GeneratedRegex("<[|｜][^|｜<>\\s]+[|｜]>|<(end|start)_of_turn>|<turn[|]>|<[|]turn>")]
    private static partial System.Text.RegularExpressions.Regex SpecialToken();
}
