using System.Globalization;
using System.Text.Json;
using Poise.Core.Chat;
using Poise.Core.Chat.Harmony;
using Poise.Tests.Support;

namespace Poise.Tests.Chat.Harmony;

/// <summary>The files that the reference library's own tests compare with.</summary>
public class HarmonyTestDataTests
{
    [Fact]
    public void Renderings()
    {
        int compared = 0;
        foreach (string line in File.ReadAllLines(Shared.Golden("harmony", "test-data", "inputs.jsonl")))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            HarmonyConversation conversation = HarmonyReader.Read(root.GetProperty("messages"));
            ChatRole? next = root.GetProperty("next").GetString() is null ? null : ChatRole.Assistant;
            var rendering = new HarmonyRendering(root.TryGetProperty("keep", out _), next);
            string expected = Read(HarmonyGolden.Text(root, "file"));
            Assert.Equal(expected, HarmonyRenderer.RenderText(conversation, rendering));
            Assert.Equal(HarmonyGolden.Vocabulary.Tokenizer.Encode(expected, allowSpecial: true), HarmonyRenderer.Render(conversation, HarmonyGolden.Vocabulary, rendering));
            compared++;
        }
        Assert.Equal(19, compared);
    }

    [Theory]
    [InlineData("test_simple_reasoning_response", """[{"role":"assistant","content":"User asks: \"What is 2 + 2?\" Simple arithmetic. Provide answer.","channel":"analysis"},{"role":"assistant","content":"2 + 2 = 4.","channel":"final"}]""")]
    [InlineData("test_simple_tool_call", """[{"role":"assistant","content":"User asks: \"What is the weather in Tokyo?\" We need to use lookup_weather tool.","channel":"analysis"},{"role":"assistant","content":"{\"location\": \"Tokyo\"}","channel":"analysis","recipient":"lookup_weather","content_type":"code"}]""")]
    public void Ids(string file, string messages)
    {
        var parser = new HarmonyParser(HarmonyGolden.Vocabulary, ChatRole.Assistant);
        foreach (string id in Read(file).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) parser.Push(int.Parse(id, CultureInfo.InvariantCulture));
        parser.Finish();
        Assert.Equal(messages, HarmonyWriter.Write(parser.Messages));
    }

    [Theory]
    [InlineData("test_streamable_parser", ChatRole.Assistant, 3, """{"role":"assistant","content":"{\"query\": \"current US president July 2025\", \"topn\": 10, \"source\": \"news\"}","channel":"commentary","recipient":"browser.search","content_type":"code"},{"role":"tool","name":"browser.search","content":"{\"result\": \"https://openai.com/\"}","channel":"commentary","recipient":"assistant"}]""")]
    [InlineData("test_tool_response_parsing", null, 1, """[{"role":"tool","name":"browser.search","content":"{\"result\": \"https://openai.com/\"}","channel":"commentary","recipient":"assistant"}]""")]
    public void Streams(string file, ChatRole? role, int count, string end)
    {
        var parser = new HarmonyParser(HarmonyGolden.Vocabulary, role);
        foreach (int id in HarmonyGolden.Vocabulary.Tokenizer.Encode(Read(file), allowSpecial: true)) parser.Push(id);
        parser.Finish();
        Assert.Equal(count, parser.Messages.Count);
        Assert.EndsWith(end, HarmonyWriter.Write(parser.Messages), StringComparison.Ordinal);
    }

    // Blanks at the end are the files', not the format's.
    static string Read(string file) => File.ReadAllText(Shared.Golden("harmony", "test-data", file + ".txt")).TrimEnd();
}
