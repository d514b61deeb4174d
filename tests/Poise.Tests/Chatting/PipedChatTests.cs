using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Poise.Cli.Chat;
using Poise.Tensors;
using TextContent = Microsoft.Extensions.AI.TextContent;

namespace Poise.Tests.Chatting;

/// <summary>Conversations with scripts: lines in, text or events out.</summary>
public sealed class PipedChatTests
{
    [Fact]
    public async Task EachLineIsAMessageAndAnswersArePlain()
    {
        var client = new ScriptedChatClient().Says(new TextReasoningContent("hm"), new TextContent("# **On"), new TextContent("e** \e[1m")).Says("Two\n");
        (int code, string output, string notes) = await PlainAsync(client, "first\n\n/help\n", reasoning: false);
        Assert.Equal(0, code);
        Assert.Equal("# **One** \e[1m\nTwo\n", output);
        Assert.DoesNotContain("hm", notes, StringComparison.Ordinal);
        Assert.Contains("10.0 tok/s", notes, StringComparison.Ordinal);
        // Lines of a script are data: none is a command.
        Assert.Equal("/help", client.Requests[1].Messages[^1].Text);
    }

    [Fact]
    public async Task ReasoningIsShownOnRequestApartFromTheAnswer()
    {
        var client = new ScriptedChatClient().Says(new TextReasoningContent("hm "), new TextReasoningContent("so"), new TextContent("Yes"));
        (_, string output, string notes) = await PlainAsync(client, "q", reasoning: true);
        Assert.Equal("Yes\n", output);
        Assert.StartsWith("hm so\n", notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADumbTerminalGetsSafeTextAndTakesCommands()
    {
        var client = new ScriptedChatClient().Says("a\e[2Jb");
        (int code, string output, string notes) = await PlainAsync(client, "/effort low\nq\n/nothing\n", reasoning: false, person: true);
        Assert.Equal(0, code);
        Assert.Equal("a\\u001b[2Jb\n", output);
        Assert.Contains("effort: low", notes, StringComparison.Ordinal);
        Assert.StartsWith("> effort: low\n> ", notes, StringComparison.Ordinal);
        Assert.Contains("> poise: there is no command /nothing", notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnErrorGoesToTheNotesAndTheNextLineIsAnswered()
    {
        var client = new ScriptedChatClient().Fails(new PoiseException("the context is full")).Says("Two");
        (int code, string output, string notes) = await PlainAsync(client, "one\ntwo\n", reasoning: false);
        Assert.Equal(1, code);
        Assert.Equal("Two\n", output);
        Assert.Equal("poise: the context is full", notes.Split('\n')[0]);
        Assert.Equal(["two"], client.Requests[1].Messages.Select(m => m.Text));
    }

    [Fact]
    public async Task TheLineAfterACallIsItsResult()
    {
        var client = new ScriptedChatClient().Says(new TextContent("Wait"), new FunctionCallContent("c", "f", new Dictionary<string, object?> { ["x"] = 1 })).Says("Done");
        (_, string output, _) = await PlainAsync(client, "go\n42\n", reasoning: false);
        Assert.Equal("Wait\n[tool call: f {\"x\":1}]\nDone\n", output);
        Assert.Equal("42", client.Requests[1].Messages[^1].Contents.OfType<FunctionResultContent>().Single().Result);
    }

    [Fact]
    public async Task EventsAreJsonLines()
    {
        var client = new ScriptedChatClient()
            .Says(new TextReasoningContent("hm"), new TextContent("Let me \e see\n"), new FunctionCallContent("c1", "f", new Dictionary<string, object?> { ["x"] = "ü" }), ScriptedChatClient.Usage(100, 11))
            .Says("Done").Fails(new PoiseException("full"));
        string input = "{\"content\": \"go\\nthere\"}\n{\"call_id\": \"c1\", \"content\": \"42\"}\nplain line\n{broken\n{\"content\": 3}\n{\"call_id\": \"c9\", \"content\": \"\"}\n";
        (int code, List<JsonElement> events) = await JsonAsync(client, input);
        Assert.Equal(1, code);
        Assert.Equal(
            ["reasoning", "text", "tool_call", "answer_end", "text", "answer_end", "answer_end", "error", "error", "error", "error"],
            events.Select(e => e.GetProperty("type").GetString()));
        Assert.Equal("Let me \e see\n", events[1].GetProperty("text").GetString());
        Assert.Equal(("c1", "f", "ü"), (events[2].GetProperty("id").GetString(), events[2].GetProperty("name").GetString(), events[2].GetProperty("arguments").GetProperty("x").GetString()));
        Assert.Equal("tool_calls", events[3].GetProperty("finish_reason").GetString());
        JsonElement usage = events[3].GetProperty("usage");
        Assert.Equal((100, 11, 111, 8192, 1.0), (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("answer_tokens").GetInt32(),
            usage.GetProperty("context_used").GetInt32(), usage.GetProperty("context_length").GetInt32(), usage.GetProperty("answer_seconds").GetDouble()));
        Assert.Equal("stop", events[5].GetProperty("finish_reason").GetString());
        Assert.Equal("error", events[6].GetProperty("finish_reason").GetString());
        Assert.Equal("full", events[7].GetProperty("message").GetString());
        Assert.StartsWith("line 4: not a JSON object", events[8].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("go\nthere", client.Requests[0].Messages[0].Text);
        Assert.Equal("plain line", client.Requests[2].Messages[^1].Text);
    }

    [Fact]
    public async Task TheWrongResultIsRefused()
    {
        var client = new ScriptedChatClient().Says(new FunctionCallContent("c1", "f"));
        (_, List<JsonElement> events) = await JsonAsync(client, "go\n{\"call_id\": \"c2\", \"content\": \"42\"}\n");
        Assert.Equal("line 2: expected the result of call c1", events[^1].GetProperty("message").GetString());
    }

    [Fact]
    public async Task InterruptionOfAScriptEndsIt()
    {
        using var interruption = new CancellationTokenSource();
        var client = new ScriptedChatClient().Hangs(interruption.Cancel, "Half");
        var output = new StringWriter();
        var view = new PlainView(output, TextWriter.Null, outputIsTerminal: false);
        using var session = new ChatSession(new Conversation(), client, TimeProvider.System);
        var loop = new ChatLoop(new ChatContext(session, view, NoModel), new PlainInput(new StringReader("go\nmore\n"), view, prompts: null, json: false));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop.RunAsync(interruption.Token));
        Assert.Equal("Half\n", output.ToString());
    }

    static async Task<(int Code, string Output, string Notes)> PlainAsync(ScriptedChatClient client, string input, bool reasoning, bool person = false)
    {
        StringWriter output = new() { NewLine = "\n" }, notes = new() { NewLine = "\n" };
        var view = new PlainView(output, notes, outputIsTerminal: person) { ShowsReasoning = reasoning };
        using var session = new ChatSession(new Conversation(), client, TimeProvider.System);
        var loop = new ChatLoop(new ChatContext(session, view, NoModel), new PlainInput(new StringReader(input), view, person ? notes : null, json: false));
        int code = await loop.RunAsync(TestContext.Current.CancellationToken);
        return (code, output.ToString(), notes.ToString());
    }

    static async Task<(int Code, List<JsonElement> Events)> JsonAsync(ScriptedChatClient client, string input)
    {
        var output = new MemoryStream();
        var view = new JsonView(output);
        using var session = new ChatSession(new Conversation(), client, TimeProvider.System);
        var loop = new ChatLoop(new ChatContext(session, view, NoModel), new PlainInput(new StringReader(input), view, prompts: null, json: true));
        int code = await loop.RunAsync(TestContext.Current.CancellationToken);
        string[] lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n');
        Assert.Equal("", lines[^1]);
        return (code, [.. lines[..^1].Select(line => JsonDocument.Parse(line).RootElement)]);
    }

    static Task<IChatClient> NoModel(string path, CancellationToken cancellation) => throw new PoiseException("no");
}
