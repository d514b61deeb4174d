using Poise.Core.Chat;
using Poise.Core.Chat.Dialects;
using Poise.Core.Tokenizers;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Tests.Support;

namespace Poise.Tests.Chat.Dialects;

/// <summary>What every dialect must do, over the table of them.</summary>
public class DialectConformanceTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names => [.. Core.Chat.Dialects.Dialects.All.Select(row => row.Name)];

    /// <summary>Pieces that streams are put together of: each dialect's own, and what is text in all of them.</summary>
    static string[] Pieces(string name) =>
    [
        .. Core.Chat.Dialects.Dialects.Find(name).SpecialTokens,
        .. name switch
        {
            "harmony" => (string[])["assistant", "final", "analysis", "commentary", " to=functions.f", " to=python", "user", "<|channel|>final<|message|>", "<|channel|>analysis<|message|>", "<|end|><|start|>assistant", "<|constrain|>json<|message|>{\"a\": 1}<|call|>"],
            "llama-3" => ["{\"name\": \"f\", \"parameters\": {\"a\": \"}\"}}", "assistant", "; ", "print(1)", "brave_search.call(query=\"é\")", "<|start_header_id|>assistant<|end_header_id|>\n\n", "{\"b\": 2}"],
            _ => [],
        },
        " ", "\n", "\n\n", "Hello", " wörld", "漢字", "👩🏽‍🚀", "  ", "\u3000", "{", "}", "<", "<|", "x y z", "1,2",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void HowAStreamIsCutDoesNotMatter(string name)
    {
        string[] pieces = Pieces(name);
        Tokenizer[] tokenizers = Tokenizers(name);
        var random = new Random(5);
        int calls = 0, texts = 0;
        for (int round = 0; round < 5000; round++)
        {
            string[] stream = [.. Enumerable.Range(0, random.Next(1, 14)).Select(_ => pieces[random.Next(pieces.Length)])];
            string text = string.Concat(stream);
            ChatMessage expected = Parse(name, tokenizers[0], tokenizers[0].Encode(text, allowSpecial: true));
            calls += expected.ToolCalls.Count;
            texts += expected.Text.Length > 0 ? 1 : 0;
            foreach (Tokenizer tokenizer in tokenizers)
            {
                AssertEqual(expected, Parse(name, tokenizer, tokenizer.Encode(text, allowSpecial: true)), text);
                AssertEqual(expected, Parse(name, tokenizer, Cut(text, Core.Chat.Dialects.Dialects.Find(name).SpecialTokens, tokenizer, random)), text);
            }
        }
        output.WriteLine($"{name}: {tokenizers.Length} vocabularies, {calls} calls, {texts} answers with text");
        Assert.True(texts > 1000);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void NoTokenIsEverPartOfAnAnswer(string name)
    {
        DialectRow row = Core.Chat.Dialects.Dialects.Find(name);
        foreach (Tokenizer tokenizer in Tokenizers(name))
        {
            var random = new Random(6);
            int[] special = [.. row.SpecialTokens.Select(tokenizer.FindId).OfType<int>()];
            for (int round = 0; round < 1000; round++)
            {
                int[] ids = [.. Enumerable.Range(0, random.Next(40)).Select(_ => random.Next(4) switch { 0 or 1 => random.Next(Math.Min(tokenizer.VocabularySize, 256)), 2 => special[random.Next(special.Length)], _ => random.Next(-5, tokenizer.VocabularySize + 5) })];
                ChatMessage answer = Parse(name, tokenizer, ids);
                foreach (string token in row.SpecialTokens) Assert.DoesNotContain(token, answer.Text + answer.Reasoning + string.Concat(answer.ToolCalls.Select(c => c.Arguments)), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void AVocabularyFindsItsDialect()
    {
        Assert.IsType<HarmonyDialect>(Core.Chat.Dialects.Dialects.For(BuiltInVocabulary.Harmony, null));
        Assert.IsType<HarmonyDialect>(Core.Chat.Dialects.Dialects.For(Model("gpt-oss-dense"), null));
        Assert.IsType<Llama3Dialect>(Core.Chat.Dialects.Dialects.For(Model("llama3.1"), null));
        Assert.IsType<PlainDialect>(Core.Chat.Dialects.Dialects.For(Model("gpt2"), null));
        foreach (DialectRow row in Core.Chat.Dialects.Dialects.All)
            Assert.Equal(row.Name, Core.Chat.Dialects.Dialects.For(SpelledTokenizer.Create(row.SpecialTokens), null).Name);
    }

    static Tokenizer[] Tokenizers(string name)
    {
        Tokenizer spelled = SpelledTokenizer.Create(Core.Chat.Dialects.Dialects.Find(name).SpecialTokens);
        return name switch
        {
            "harmony" => [spelled, BuiltInVocabulary.Harmony],
            "llama-3" => [spelled, Model("llama3.1")],
            _ => [spelled],
        };
    }

    static Tokenizer Model(string name) => TokenizerLoader.Open(Shared.Golden("tokenizers", "models", name));

    static int[] Cut(string text, IReadOnlyList<string> tokens, Tokenizer tokenizer, Random random)
    {
        var ids = new List<int>();
        for (int at = 0; at < text.Length;)
        {
            int end = Math.Min(text.Length, at + random.Next(1, 9));
            if (end < text.Length && char.IsLowSurrogate(text[end])) end++;
            // A special token is one id, so no cut goes through it.
            foreach (string token in tokens)
            {
                int found = text.IndexOf(token, at, StringComparison.Ordinal);
                if (found >= 0 && found < end) end = found == at ? at + token.Length : found;
            }
            ids.AddRange(tokenizer.Encode(text.AsSpan(at, end - at), allowSpecial: true));
            at = end;
        }
        return [.. ids];
    }

    static ChatMessage Parse(string name, Tokenizer tokenizer, int[] ids)
    {
        IAnswerParser parser = Core.Chat.Dialects.Dialects.Find(name).Create(tokenizer, null).CreateParser();
        var parts = new List<AnswerPart>();
        foreach (int id in ids) parser.Push(id, parts);
        ChatMessage message = parser.Finish(parts);
        Assert.Equal(message.Text, string.Concat(parts.OfType<AnswerText>().Select(p => p.Text)));
        Assert.Equal(message.Reasoning ?? "", string.Concat(parts.OfType<AnswerReasoning>().Select(p => p.Text)));
        Assert.Equal(message.ToolCalls, parts.OfType<AnswerToolCall>().Select(p => p.Call));
        return message;
    }

    static void AssertEqual(ChatMessage expected, ChatMessage actual, string text)
    {
        Assert.True(expected.Text == actual.Text && expected.Reasoning == actual.Reasoning && expected.ToolCalls.SequenceEqual(actual.ToolCalls),
            $"{System.Text.Json.JsonSerializer.Serialize(text)}\n  want {expected.Text} | {expected.Reasoning} | {string.Join(' ', expected.ToolCalls)}\n  got  {actual.Text} | {actual.Reasoning} | {string.Join(' ', actual.ToolCalls)}");
    }
}
