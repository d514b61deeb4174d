using Poise.Core.Chat;
using Poise.Core.Chat.Dialects;
using Poise.Core.Tokenizers;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Tensors;

namespace Poise.Tests.Chat.Dialects;

/// <summary>What Llama 3 writes.</summary>
public class Llama3DialectTests
{
    static readonly Tokenizer s_tokenizer = SpelledTokenizer.Create(Core.Chat.Dialects.Dialects.Find("llama-3").SpecialTokens);

    [Theory]
    [InlineData("Hello.<|eot_id|>", "Hello.", "")]
    [InlineData("{\"name\": \"f\", \"parameters\": {\"a\":  \"}\"}}<|eot_id|>", "", "call_0 f {\"a\":  \"}\"}")]
    [InlineData("\n{\"type\":\"function\",\"name\":\"f\",\"arguments\":{}}; {\"name\":\"g\",\"parameters\":{}}<|eom_id|>", "", "call_0 f {}; call_1 g {}")]
    [InlineData("<|python_tag|>{\"name\":\"f\",\"parameters\":{\"b\":[1]}}<|eom_id|>", "", "call_0 f {\"b\":[1]}")]
    [InlineData("<|python_tag|>brave_search.call(query=\"a \\\"b\\\"\")<|eom_id|>", "", "call_0 brave_search {\"query\":\"a \\\"b\\\"\"}")]
    [InlineData("<|python_tag|>print(1)\n<|eom_id|>", "", "call_0 python {\"code\":\"print(1)\\n\"}")]
    [InlineData("See: <|python_tag|>1<|eom_id|>", "See: ", "call_0 python {\"code\":\"1\"}")]
    [InlineData("{\"name\":\"Bob\",\"parameters\":{},\"age\":3}<|eot_id|>", "{\"name\":\"Bob\",\"parameters\":{},\"age\":3}", "")]
    [InlineData("{\"name\":\"f\",\"parameters\":{\"a\"", "{\"name\":\"f\",\"parameters\":{\"a\"", "")]
    [InlineData("{\"name\":\"f\",\"parameters\":{}} and more<|eot_id|>", "{\"name\":\"f\",\"parameters\":{}} and more", "")]
    [InlineData("<|start_header_id|>assistant<|end_header_id|>\n\nHi<|eot_id|>", "Hi", "")]
    [InlineData("<|start_header_id|>assistant<|eot_id|>", "", "")]
    [InlineData("a<|begin_of_text|>b<|end_of_text|>", "ab", "")]
    [InlineData("<|python_tag|><|eom_id|>", "", "")]
    public void AnAnswerIsRead(string stream, string text, string calls)
    {
        IAnswerParser parser = new Llama3Dialect(s_tokenizer, null).CreateParser();
        var parts = new List<AnswerPart>();
        foreach (int id in s_tokenizer.Encode(stream, allowSpecial: true)) parser.Push(id, parts);
        ChatMessage answer = parser.Finish(parts);
        Assert.Equal(text, answer.Text);
        Assert.Equal(calls, string.Join("; ", answer.ToolCalls.Select(c => $"{c.Id} {c.Name} {c.Arguments}")));
    }

    [Fact]
    public void TextStreamsAtOnceAndThePromptIsTheTemplates()
    {
        var dialect = new Llama3Dialect(s_tokenizer, new Echo());
        IAnswerParser parser = dialect.CreateParser();
        var parts = new List<AnswerPart>();
        parser.Push('H', parts);
        Assert.Equal([new AnswerText("H")], parts);
        var request = new ChatRequest { Now = default, Messages = [] };
        Assert.Equal([7], dialect.Render(request));
        Assert.Equal(3, dialect.StopIds.Count);
        Assert.Throws<PoiseException>(() => new Llama3Dialect(s_tokenizer, null).Render(request));
        Assert.Throws<PoiseException>(() => new Llama3Dialect(SpelledTokenizer.Create([]), null));
    }

    sealed class Echo : IPromptRenderer
    {
        public IReadOnlyList<int> Render(ChatRequest request) => [7];
    }
}
