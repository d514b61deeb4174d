using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Poise.Cli.Chat;
using Poise.Core.Chat;
using Poise.Tensors;
using Poise.Tests.Support;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using ChatRole = Microsoft.Extensions.AI.ChatRole;
using ReasoningEffort = Microsoft.Extensions.AI.ReasoningEffort;
using TextContent = Microsoft.Extensions.AI.TextContent;

namespace Poise.Tests.Chatting;

/// <summary>What /save writes, /load reads back as it was; anything else gets one clear message.</summary>
public sealed class ConversationFileTests
{
    const string Head = "\"format\": \"poise.conversation\", \"version\": 1";

    [Fact]
    public void ASavedConversationIsTheSameAfterwards()
    {
        using var folder = new TemporaryFolder();
        Conversation original = Full(folder);
        ConversationFile.Write(folder.File("a.json"), original);
        Conversation loaded = ConversationFile.Read(folder.File("a.json"));
        ConversationFile.Write(folder.File("b.json"), loaded);
        Assert.Equal(File.ReadAllText(folder.File("a.json")), File.ReadAllText(folder.File("b.json")));

        Assert.Equal((original.Model, original.System, original.Effort), (loaded.Model, loaded.System, loaded.Effort));
        Assert.Equal(original.Messages.Select(m => (m.Role, m.Text, Conversation.IsStopped(m))), loaded.Messages.Select(m => (m.Role, m.Text, Conversation.IsStopped(m))));
        Assert.Equal("thinking\nhard", loaded.Messages[1].Contents.OfType<TextReasoningContent>().Single().Text);
        List<FunctionCallContent> calls = [.. loaded.Messages[1].Contents.OfType<FunctionCallContent>()];
        Assert.Equal(["c1", "c2"], calls.Select(c => c.CallId));
        Assert.Equal("{\"city\":\"Zürich\",\"days\":[1,2.5,null]}", ToolCallText.Of(calls[0]));
        Assert.Equal("{\"half\": ", ToolCallText.Of(calls[1]));
        Assert.Equal("sunny", loaded.Messages[2].Contents.OfType<FunctionResultContent>().Single().Result);
        ChatOptions sampling = loaded.Options();
        Assert.Equal((0.7f, 0.95f, 40, 7L, 100), (sampling.Temperature, sampling.TopP, sampling.TopK, sampling.Seed, sampling.MaxOutputTokens));
        Assert.Equal(["END", "\n\n"], sampling.StopSequences!);
        Assert.Equal(0.05, sampling.AdditionalProperties!["min_p"]);
        Assert.Equal(["weather", "now"], sampling.Tools!.Select(t => t.Name));
        Assert.Equal("object", loaded.Tools[0].JsonSchema.GetProperty("type").GetString());
    }

    [Fact]
    public void TheFileIsReadable()
    {
        using var folder = new TemporaryFolder();
        ConversationFile.Write(folder.File("a.json"), Full(folder));
        string text = File.ReadAllText(folder.File("a.json"));
        Assert.Contains("  \"model\": \"models/größe\",\n", text, StringComparison.Ordinal);
        Assert.Contains("日本 ", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', text);
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void AnotherFileIsNotOverwritten()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("letter.txt"), "Dear all");
        var error = Assert.Throws<PoiseException>(() => ConversationFile.Write(folder.File("letter.txt"), new Conversation()));
        Assert.Contains("exists and is not a conversation", error.Message, StringComparison.Ordinal);
        Assert.Equal("Dear all", File.ReadAllText(folder.File("letter.txt")));
        ConversationFile.Write(folder.File("a.json"), new Conversation { System = "one" });
        ConversationFile.Write(folder.File("a.json"), new Conversation { System = "two" });
        Assert.Equal("two", ConversationFile.Read(folder.File("a.json")).System);
    }

    [Theory]
    [InlineData("", "is not a conversation that /save wrote")]
    [InlineData("Dear all", "is not a conversation that /save wrote")]
    [InlineData("[]", "this is not a conversation that /save wrote")]
    [InlineData("null", "this is not a conversation")]
    [InlineData("{}", "this is not a conversation")]
    [InlineData("{\"format\": 3}", "this is not a conversation")]
    [InlineData("{\"format\": \"poise.conversation\"}", "version: expected version 1")]
    [InlineData("{\"format\": \"poise.conversation\", \"version\": 2}", "version: expected version 1, the one that this build reads, not 2")]
    [InlineData("{" + Head + "}", "messages: expected an array, not nothing")]
    [InlineData("{" + Head + ", \"messages\": {}}", "messages: expected an array, not an object")]
    [InlineData("{" + Head + ", \"messages\": [1]}", "messages[0]: expected an object, not 1")]
    [InlineData("{" + Head + ", \"messages\": [{}]}", "messages[0].role: expected a string, not nothing")]
    [InlineData("{" + Head + ", \"messages\": [{\"role\": \"king\"}]}", "messages[0].role: expected user, assistant or tool, not \"king\"")]
    [InlineData("{" + Head + ", \"messages\": [{\"role\": \"user\", \"content\": [1]}]}", "messages[0].content: expected a string, not an array")]
    [InlineData("{" + Head + ", \"messages\": [{\"role\": \"tool\", \"call_id\": \"x\", \"content\": \"\"}]}", "messages[0].call_id: no call before it waits for this result")]
    [InlineData("{" + Head + ", \"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{\"id\": \"x\"}]}]}", "messages[0].tool_calls[0].name: expected a string")]
    [InlineData("{" + Head + ", \"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{\"id\": \"x\", \"name\": \"f\", \"arguments\": 3}]}]}", "tool_calls[0].arguments: expected an object, not 3")]
    [InlineData("{" + Head + ", \"messages\": [{\"role\": \"assistant\", \"stopped\": 3}]}", "messages[0].stopped: expected true or false")]
    [InlineData("{" + Head + ", \"messages\": [], \"effort\": \"huge\"}", "effort: expected low, medium, high, not \"huge\"")]
    [InlineData("{" + Head + ", \"messages\": [], \"model\": 7}", "model: expected a string, not 7")]
    [InlineData("{" + Head + ", \"messages\": [], \"sampling\": []}", "sampling: expected an object, not an array")]
    [InlineData("{" + Head + ", \"messages\": [], \"sampling\": {\"temperature\": \"hot\"}}", "sampling.temperature: expected a number, not \"hot\"")]
    [InlineData("{" + Head + ", \"messages\": [], \"sampling\": {\"temperature\": 1e999}}", "sampling.temperature: expected a number")]
    [InlineData("{" + Head + ", \"messages\": [], \"sampling\": {\"top_k\": 1.5}}", "sampling.top_k: expected a whole number, not 1.5")]
    [InlineData("{" + Head + ", \"messages\": [], \"sampling\": {\"seed\": 99999999999999999999}}", "sampling.seed: expected a whole number")]
    [InlineData("{" + Head + ", \"messages\": [], \"sampling\": {\"more\": {\"x\": []}}}", "sampling.more.x: expected a number, a text or a bool")]
    [InlineData("{" + Head + ", \"messages\": [], \"tools\": [{\"name\": \"a b\"}]}", "tools[0].name: expected a name")]
    [InlineData("{" + Head + ", \"system\": \"\\ud800\", \"messages\": []}", "half a character")]
    [InlineData("{" + Head + ", \"\\ud800\": 1, \"messages\": []}", "half a character")]
    [InlineData("{" + Head + ", \"messages\": [{\"role\": \"\\u001b[2J\\u202e\"}]}", "messages[0].role: expected user, assistant or tool")]
    public void AnythingElseGetsOneClearMessage(string text, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("x.json"), text);
        Refused(folder.File("x.json"), message);
    }

    [Fact]
    public void DepthSizeAndBytesAreBounded()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("x.json");
        File.WriteAllText(path, "{" + Head + ", \"messages\": " + new string('[', 100_000) + new string(']', 100_000) + "}");
        Refused(path, "is not a conversation that /save wrote");
        File.WriteAllText(path, "{" + Head + ", \"messages\": [" + string.Concat(Enumerable.Repeat("0,", 200_000)) + "0]}");
        Refused(path, "messages: 200001 entries");
        File.WriteAllBytes(path, [.. Encoding.UTF8.GetBytes("{" + Head + ", \"system\": \""), 0xff, .. "\", \"messages\": []}"u8]);
        Refused(path, "this is not UTF-8 text");
        using (FileStream file = File.Create(path)) file.SetLength(100_000_000);
        Refused(path, "is larger than 64 MiB");
        Refused(folder.Path, "is a folder");
        Refused(folder.File("none.json"), "does not exist");
    }

    static void Refused(string path, string message)
    {
        var error = Assert.Throws<PoiseException>(() => ConversationFile.Read(path));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length - path.Length, 1, 250);
    }

    static Conversation Full(TemporaryFolder folder)
    {
        File.WriteAllText(folder.File("tools.json"), """
            [{"type": "function", "function": {"name": "weather", "description": "Asks", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}, {"name": "now"}]
            """);
        var conversation = new Conversation
        {
            Model = "models/größe",
            System = "Be brief.\nAlways.",
            Effort = ReasoningEffort.Medium,
            Tools = ToolFile.Read(folder.File("tools.json")),
            Sampling = new ChatOptions
            {
                Temperature = 0.7f, TopP = 0.95f, TopK = 40, Seed = 7, MaxOutputTokens = 100, StopSequences = ["END", "\n\n"],
                AdditionalProperties = new AdditionalPropertiesDictionary { ["min_p"] = 0.05, ["n"] = 3L, ["name"] = "x", ["on"] = true },
            },
        };
        conversation.AddUser("日本 👍 \e[2J");
        JsonElement days = JsonDocument.Parse("[1,2.5,null]").RootElement;
        conversation.Messages.Add(new ChatMessage(ChatRole.Assistant,
        [
            new TextReasoningContent("thinking\nhard"), new TextContent("I ask."),
            new FunctionCallContent("c1", "weather", new Dictionary<string, object?> { ["city"] = "Zürich", ["days"] = days }),
            new FunctionCallContent("c2", "now") { AdditionalProperties = new AdditionalPropertiesDictionary { [ChatKeys.ArgumentsText] = "{\"half\": " } },
        ]));
        conversation.AddToolResult(new FunctionCallContent("c1", "weather"), "sunny");
        conversation.AddToolResult(new FunctionCallContent("c2", "now"), "12:00");
        conversation.Messages.Add(new ChatMessage(ChatRole.Assistant, "It is su") { AdditionalProperties = new AdditionalPropertiesDictionary { [ChatKeys.Stopped] = true } });
        return conversation;
    }
}
