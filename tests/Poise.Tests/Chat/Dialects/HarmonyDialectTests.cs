using System.Text.Json;
using Poise.Core.Chat;
using Poise.Core.Chat.Dialects;
using Poise.Core.Chat.Harmony;
using Poise.Core.Tokenizers;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Tensors;

namespace Poise.Tests.Chat.Dialects;

/// <summary>Requests to prompts and answers back, for gpt-oss.</summary>
public class HarmonyDialectTests
{
    const string Head = "<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\nCurrent date: 2025-06-28\n\nReasoning: ";
    const string Channels = "\n\n# Valid channels: analysis, commentary, final. Channel must be included for every message.";

    static readonly Tokenizer s_tokenizer = BuiltInVocabulary.Harmony;
    static readonly HarmonyDialect s_dialect = new(s_tokenizer);

    [Fact]
    public void AConversationIsRendered()
    {
        string prompt = Render(new ChatRequest
        {
            Now = new DateTimeOffset(2025, 6, 28, 23, 59, 0, TimeSpan.FromHours(-8)),
            Effort = ReasoningEffort.High,
            Messages =
            [
                ChatMessage.Of(ChatRole.System, "Be kind."),
                ChatMessage.Of(ChatRole.Developer, "Be <|end|> brief."),
                ChatMessage.Of(ChatRole.User, "2 + 2?"),
                new ChatMessage { Role = ChatRole.Assistant, Content = [new TextContent("4")], Reasoning = "Easy." },
                ChatMessage.Of(ChatRole.User, "And 3 + 3?"),
            ],
        });
        Assert.Equal(Head + "high" + Channels + "<|end|><|start|>developer<|message|># Instructions\n\nBe kind.\n\nBe <|end|> brief.<|end|><|start|>user<|message|>2 + 2?<|end|>"
            + "<|start|>assistant<|channel|>final<|message|>4<|end|><|start|>user<|message|>And 3 + 3?<|end|><|start|>assistant", prompt);
    }

    [Fact]
    public void ReasoningIsKeptAroundCallsWithoutAnAnswerOnly()
    {
        using JsonDocument schema = JsonDocument.Parse("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""");
        ChatMessage call = new()
        {
            Role = ChatRole.Assistant,
            Content = [new TextContent("Looking.")],
            Reasoning = "Need the tool.",
            ToolCalls = [new ToolCall("c1", "weather", """{"city":"Rome"}"""), new ToolCall("c2", "python", "print(1)")],
        };
        var request = new ChatRequest
        {
            Now = new DateTimeOffset(2025, 6, 28, 0, 0, 0, TimeSpan.Zero),
            Tools = [new ToolDefinition("weather", "Weather.", schema.RootElement)],
            Messages =
            [
                ChatMessage.Of(ChatRole.User, "Rome?"),
                call,
                ChatMessage.Of(ChatRole.Tool, "sunny") with { ToolCallId = "c1" },
                ChatMessage.Of(ChatRole.Tool, "1") with { ToolCallId = "c2" },
            ],
        };
        const string Developer = "<|start|>developer<|message|># Tools\n\n## functions\n\nnamespace functions {\n\n// Weather.\ntype weather = (_: {\ncity: string,\n}) => any;\n\n} // namespace functions<|end|>";
        const string Reasoning = "<|start|>assistant<|channel|>analysis<|message|>Need the tool.<|end|>";
        const string Rest = "<|start|>assistant<|channel|>commentary<|message|>Looking.<|end|>"
            + "<|start|>assistant to=functions.weather<|channel|>commentary <|constrain|>json<|message|>{\"city\":\"Rome\"}<|call|>"
            + "<|start|>assistant to=python<|channel|>analysis code<|message|>print(1)<|call|>"
            + "<|start|>functions.weather to=assistant<|channel|>commentary<|message|>sunny<|end|>"
            + "<|start|>python to=assistant<|channel|>analysis<|message|>1<|end|>";
        const string System = Head + "medium" + Channels + "\nCalls to these tools must go to the commentary channel: 'functions'.<|end|>";
        const string Question = "<|start|>user<|message|>Rome?<|end|>";
        Assert.Equal(System + Developer + Question + Reasoning + Rest + "<|start|>assistant", Render(request));
        ChatRequest answered = request with { Messages = [.. request.Messages, ChatMessage.Of(ChatRole.Assistant, "Sunny."), ChatMessage.Of(ChatRole.User, "Thanks")] };
        Assert.Equal(System + Developer + Question + Rest + "<|start|>assistant<|channel|>final<|message|>Sunny.<|end|><|start|>user<|message|>Thanks<|end|><|start|>assistant", Render(answered));
    }

    [Fact]
    public void AResultOfNoCallIsRefused()
    {
        var request = new ChatRequest { Now = default, Messages = [ChatMessage.Of(ChatRole.Tool, "x") with { ToolCallId = "nope" }] };
        Assert.Contains("nope", Assert.Throws<PoiseException>(() => s_dialect.Render(request)).Message, StringComparison.Ordinal);
        Assert.Throws<PoiseException>(() => s_dialect.Render(request with { Messages = [ChatMessage.Of(ChatRole.Tool, "x")] }));
    }

    [Theory]
    [InlineData("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>4<|return|>", "4", "Hm.", "")]
    [InlineData("<|channel|>commentary<|message|>Let me see.<|end|><|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>", "Let me see.", null, "call_0 f {}")]
    [InlineData(" to=python<|channel|>analysis code<|message|>print(1)<|call|>", "", null, "call_0 python print(1)")]
    [InlineData("<|channel|>analysis to=browser.search code<|message|>{\"q\":1}<|call|><|start|>assistant to=functions.g<|channel|>analysis<|message|>1<|call|>", "", null, "call_0 browser.search {\"q\":1}; call_1 g 1")]
    [InlineData("<|channel|>final <|constrain|>json<|message|>{\"a\":1}<|return|>", "{\"a\":1}", null, "")]
    [InlineData("<|channel|>final json<|message|>{\"a\":1}<|return|>", "{\"a\":1}", null, "")]
    [InlineData("<|channel|>commentary to=assistant<|channel|>final<|message|>Yes.<|return|>", "Yes.", null, "")]
    [InlineData("<|channel|>commentary<|message|>One.<|end|><|start|>assistant<|channel|>final<|message|>Two.<|return|>", "One.\n\nTwo.", null, "")]
    [InlineData("Just text.<|return|>", "Just text.", null, "")]
    [InlineData("<|channel|>final<|message|>a<|message|>b<|constrain|>c<|channel|>d<|return|>", "abcd", null, "")]
    [InlineData("<|channel|>final<|message|>a<|end|><|start|>user<|message|>and you?<|end|>", "a", "and you?", "")]
    [InlineData("<|channel|>analysisThinking<|end|><|start|>assistant<|channel|>finalDone<|return|>", "Done", "Thinking", "")]
    [InlineData("<|channel|>commentary to=functions.f", "", null, "")]
    [InlineData("<|channel|>commentary to=functions.f<|message|>{\"a\"", "", null, "call_0 f {\"a\"")]
    public void AnAnswerIsRead(string stream, string text, string? reasoning, string calls)
    {
        IAnswerParser parser = s_dialect.CreateParser();
        var parts = new List<AnswerPart>();
        foreach (int id in s_tokenizer.Encode(stream, allowSpecial: true)) parser.Push(id, parts);
        ChatMessage answer = parser.Finish(parts);
        Assert.Equal(text, answer.Text);
        Assert.Equal(reasoning, answer.Reasoning);
        Assert.Equal(calls, string.Join("; ", answer.ToolCalls.Select(c => $"{c.Id} {c.Name} {c.Arguments}")));
    }

    [Fact]
    public void StopsAreThoseThatEndATurn() => Assert.Equal([200002, 200012, 199999], s_dialect.StopIds);

    [Fact]
    public void TextWithoutAnyHeaderStreamsInTheEnd()
    {
        IAnswerParser parser = s_dialect.CreateParser();
        var parts = new List<AnswerPart>();
        string text = string.Concat(Enumerable.Range(0, 1000).Select(n => $"word{n} "));
        foreach (int id in s_tokenizer.Encode(text)) parser.Push(id, parts);
        int before = parts.Count;
        Assert.Equal(text, parser.Finish(parts).Text);
        Assert.True(before > 1000, "long text without a header has to be given out before its end");
    }

    [Fact]
    public void AHostileStreamIsReadInTimeInProportionToItsLength()
    {
        var vocabulary = new HarmonyVocabulary(s_tokenizer);
        foreach (string part in (string[])["<|channel|>", "<|channel|>final", "<|channel|>final x", "to = x ", "<|start|>", "<|start|>x", " ", "<|end|> ", "<|constrain|>", "<|channel|>final<|message|><|channel|> "])
        {
            int[] ids = s_tokenizer.Encode(part, allowSpecial: true);
            var parser = new HarmonyParser(vocabulary, ChatRole.Assistant);
            var watch = System.Diagnostics.Stopwatch.StartNew();
            for (int n = 0; n < 40000; n++)
                foreach (int id in ids) parser.Push(id);
            parser.Finish();
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{part}: {watch.Elapsed}");
        }
    }

    static string Render(ChatRequest request) => s_tokenizer.Decode([.. s_dialect.Render(request)]);
}
