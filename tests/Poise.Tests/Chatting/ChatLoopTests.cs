using Microsoft.Extensions.AI;
using Poise.Cli.Chat;
using Poise.Core.Chat;
using Poise.Tensors;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using ChatRole = Microsoft.Extensions.AI.ChatRole;
using ReasoningEffort = Microsoft.Extensions.AI.ReasoningEffort;
using TextContent = Microsoft.Extensions.AI.TextContent;

namespace Poise.Tests.Chatting;

/// <summary>Conversations at a terminal, from keys to screen.</summary>
public sealed class ChatLoopTests
{
    [Fact]
    public async Task AnAnswerIsRenderedWithItsFigures()
    {
        var chat = new TerminalChat(new ScriptedChatClient().Says("Hel", "lo **wor", "ld**!"), "hi<Enter>");
        Assert.Equal("> hi\n\nHello world!\n\n10.0 tok/s · prompt 100 tokens (50 reused) · answer 11\ntokens · context 111 of 8,192\n\n>", await chat.RunAsync());
        Assert.Equal(["user: hi", "assistant: Hello **world**!"], Said(chat.Conversation));
        Assert.Equal(["hi"], chat.History.Entries);
    }

    [Fact]
    public async Task ReasoningStandsApart()
    {
        AIContent[] answer = [new TextReasoningContent("First th"), new TextReasoningContent("is.\nThen that."), new TextContent("Yes.")];
        var client = new ScriptedChatClient().Says(answer).Says(answer);
        var chat = new TerminalChat(client, "a<Enter>/reasoning off<Enter>b<Enter>");
        string screen = await chat.RunAsync();
        Assert.Matches(@"^> a\n\nreasoning\n  First this\.\n  Then that\.\nthought for \d+\.\d s\n\nYes\.\n\n> /reasoning off\nreasoning is hidden\n\n> b\n\nthought for \d+\.\d s\n\nYes\.\n\n>$", screen);
        Assert.Equal("First this.\nThen that.", chat.Conversation.Messages[1].Contents.OfType<TextReasoningContent>().Single().Text);
    }

    [Fact]
    public async Task ALongAnswerScrollsWithoutLossOrRepetition()
    {
        string[] pieces = [.. Enumerable.Range(1, 60).SelectMany(i => (string[])[$"para", $"graph {i} has", " words.\n", "\n"])];
        var chat = new TerminalChat(new ScriptedChatClient().Says(pieces), "go<Enter>", width: 30, height: 12);
        string expected = string.Join("\n\n", Enumerable.Range(1, 60).Select(i => $"paragraph {i} has words."));
        Assert.StartsWith($"> go\n\n{expected}\n\n10.0 tok/s", await chat.RunAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CtrlCStopsTheAnswerAndNotTheProgram()
    {
        var client = new ScriptedChatClient();
        var chat = new TerminalChat(client, "tell<Enter>");
        client.Hangs(() => chat.Keys.Press("typed<C-c>"), "Once upon").Says("Again.");
        chat.Keys.Add("more<Enter>");
        string screen = await chat.RunAsync();
        Assert.Contains("Once upon\n\nstopped\n\n> more\n\nAgain.", screen, StringComparison.Ordinal);
        Assert.Equal(["user: tell", "assistant: Once upon", "user: more", "assistant: Again."], Said(chat.Conversation));
        Assert.True(Conversation.IsStopped(chat.Conversation.Messages[1]));
        Assert.False(Conversation.IsStopped(chat.Conversation.Messages[3]));
    }

    [Fact]
    public async Task WhatIsTypedDuringAnAnswerWaits()
    {
        var client = new ScriptedChatClient();
        var chat = new TerminalChat(client, "one<Enter>");
        client.Hangs(() => chat.Keys.Press("x<C-c>two"), "…").Says("Two.");
        chat.Keys.Add("!<Enter>");
        await chat.RunAsync();
        Assert.Equal("user: two!", Said(chat.Conversation)[2]);
    }

    [Fact]
    public async Task StoppedBeforeAnythingCameTheWordsAreBackInTheEditor()
    {
        var client = new ScriptedChatClient();
        var chat = new TerminalChat(client, "tell me<Enter>");
        client.Hangs(() => chat.Keys.Press("<C-c>")).Says("Ok.");
        chat.Keys.Add("!<Enter>");
        await chat.RunAsync();
        Assert.Equal(["user: tell me!", "assistant: Ok."], Said(chat.Conversation));
    }

    [Fact]
    public async Task AFullContextIsToldAndTheWordsStayEditable()
    {
        var client = new ScriptedChatClient().Fails(new PoiseException("the context is full: /clear or drop messages 1 to 3")).Says("Fine.");
        var chat = new TerminalChat(client, "long text<Enter><C-w>word<Enter>");
        string screen = await chat.RunAsync();
        Assert.Contains("the context is full: /clear or drop messages 1 to 3", screen, StringComparison.Ordinal);
        Assert.Equal(["user: long word", "assistant: Fine."], Said(chat.Conversation));
        Assert.Single(client.Requests[0].Messages);
        Assert.Single(client.Requests[1].Messages);
        Assert.DoesNotContain("reading", screen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheReadingOfALongPromptIsSeen()
    {
        var client = new ScriptedChatClient();
        var chat = new TerminalChat(client, "long<Enter>");
        string seen = "";
        client.Reads([(10, 40), (30, 40)], () => seen = chat.Screen.All).Says("Done.");
        string screen = await chat.RunAsync();
        Assert.EndsWith("reading the prompt, 75 %", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("reading", screen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CtrlCStopsTheLoadingOfAModel()
    {
        var chat = new TerminalChat(new ScriptedChatClient(), "/model slow<Enter><C-u>/model<Enter>");
        chat.Opens = async (_, cancellation) =>
        {
            chat.Keys.Press("<C-c>");
            await Task.Delay(TimeSpan.FromSeconds(30), cancellation);
            throw new PoiseException("it was not stopped");
        };
        string screen = await chat.RunAsync();
        Assert.Contains("stopped", screen, StringComparison.Ordinal);
        Assert.DoesNotContain("not stopped", screen, StringComparison.Ordinal);
        Assert.Contains("model: fake", screen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnErrorInTheMiddleKeepsWhatCame()
    {
        var chat = new TerminalChat(new ScriptedChatClient().Fails(new InvalidOperationException("boom"), "Half an"), "go<Enter>");
        string screen = await chat.RunAsync();
        Assert.Contains("Half an", screen, StringComparison.Ordinal);
        Assert.Contains("unexpected error: InvalidOperationException: boom", screen, StringComparison.Ordinal);
        Assert.Equal(["user: go", "assistant: Half an"], Said(chat.Conversation));
    }

    [Fact]
    public async Task TheModelCannotDriveTheTerminal()
    {
        AIContent[] hostile =
        [
            new TextReasoningContent("\e[31mred\a"), new TextContent("\e]0;title\a and &#x1b;[2J"),
            new FunctionCallContent("1", "na\e[1mme", new Dictionary<string, object?> { ["a\e[2J"] = "\u009b" }),
        ];
        var chat = new TerminalChat(new ScriptedChatClient().Says(hostile), "x<Enter><C-c>");
        // The screen in memory fails on every raw sequence that is not ours.
        string screen = await chat.RunAsync();
        Assert.Contains("\\u001b[31mred\\u0007", screen, StringComparison.Ordinal);
        Assert.DoesNotContain("\a", chat.Screen.Raw.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\e[2J", chat.Screen.Raw.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheResultOfAToolIsTyped()
    {
        var call = new FunctionCallContent("c1", "weather", new Dictionary<string, object?> { ["city"] = "Zürich", ["days"] = 2 });
        var client = new ScriptedChatClient().Says(new TextContent("Let me see."), call).Says("It rains.");
        var chat = new TerminalChat(client, "rain?<Enter>{\"rain\": true}<Enter>");
        string screen = await chat.RunAsync();
        Assert.Contains("weather {\"city\":\"Zürich\",\"days\":2}", screen, StringComparison.Ordinal);
        Assert.Contains("weather = {\"rain\": true}", screen, StringComparison.Ordinal);
        Assert.Contains("It rains.", screen, StringComparison.Ordinal);
        ChatMessage result = client.Requests[1].Messages[^1];
        Assert.Equal(ChatRole.Tool, result.Role);
        Assert.Equal(("c1", "{\"rain\": true}"), (result.Contents.OfType<FunctionResultContent>().Single().CallId, (string?)result.Contents.OfType<FunctionResultContent>().Single().Result));
        Assert.Equal(["rain?"], chat.History.Entries);
    }

    [Fact]
    public async Task ACallWithoutAResultLeavesAConversationThatGoesOn()
    {
        var client = new ScriptedChatClient().Says(new FunctionCallContent("c1", "a"), new FunctionCallContent("c2", "b")).Says("Ok.");
        var chat = new TerminalChat(client, "go<Enter><C-c>never mind<Enter>");
        await chat.RunAsync();
        Assert.Equal(2, client.Requests.Count);
        Assert.Equal(["c1", "c2"], client.Requests[1].Messages.SelectMany(m => m.Contents).OfType<FunctionResultContent>().Select(r => r.CallId));
        Assert.Equal("never mind", client.Requests[1].Messages[^1].Text);
    }

    [Fact]
    public async Task CommandsChangeWhatTheModelIsAsked()
    {
        var client = new ScriptedChatClient().Says("1").Says("2").Says("3");
        var chat = new TerminalChat(client, "/system Be brief.<Enter>/effort high<Enter>one<Enter>/retry<Enter>/system -<Enter>/effort default<Enter>/clear<Enter>two<Enter>");
        await chat.RunAsync();
        Assert.Equal(["Be brief.", "one"], client.Requests[0].Messages.Select(m => m.Text));
        Assert.Equal(ReasoningEffort.High, client.Requests[0].Options.Reasoning!.Effort);
        Assert.Equal(["Be brief.", "one"], client.Requests[1].Messages.Select(m => m.Text));
        Assert.NotEqual(client.Requests[0].Options.Seed, client.Requests[1].Options.Seed);
        Assert.Equal(["two"], client.Requests[2].Messages.Select(m => m.Text));
        Assert.Null(client.Requests[2].Options.Reasoning);
        Assert.Equal(["user: two", "assistant: 3"], Said(chat.Conversation));
    }

    [Fact]
    public async Task EditTakesTheLastMessageBack()
    {
        var client = new ScriptedChatClient().Says("1").Says("2").Says("3");
        var chat = new TerminalChat(client, "one<Enter>//two<Enter>/edit<Enter>!<Enter>");
        await chat.RunAsync();
        Assert.Equal(["user: one", "assistant: 1", "user: /two!", "assistant: 3"], Said(chat.Conversation));
    }

    [Fact]
    public async Task TheModelIsSwitchedAndTheConversationStays()
    {
        var first = new ScriptedChatClient().Says("1");
        var second = new ScriptedChatClient().Says("2");
        var chat = new TerminalChat(first, "one<Enter>/model nowhere<Enter><C-u>/model other<Enter>two<Enter>/model<Enter>") { Others = { ["other"] = second } };
        string screen = await chat.RunAsync();
        Assert.Contains("nowhere does not exist", screen, StringComparison.Ordinal);
        Assert.True(first.IsDisposed);
        Assert.Equal(["one", "1", "two"], second.Requests[0].Messages.Select(m => m.Text));
        Assert.EndsWith("model: other\n\n>", screen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HelpListsEveryCommandAndStatsCount()
    {
        var chat = new TerminalChat(new ScriptedChatClient().Says("1").Says("2"), "/stats<Enter>a<Enter>b<Enter>/stats<Enter>/help<Enter>/exit<Enter>not read<Enter>", width: 120);
        string screen = await chat.RunAsync();
        Assert.Contains("no answers yet", screen, StringComparison.Ordinal);
        Assert.Contains("prompts    200 tokens, 100 of them reused; the last at 100.0 tok/s", screen, StringComparison.Ordinal);
        Assert.Contains("context    111 of 8,192 tokens, 1 %", screen, StringComparison.Ordinal);
        Assert.All(Cli.Chat.Commands.CommandTable.All, c => Assert.Contains($"\n{c.Name}", screen, StringComparison.Ordinal));
        Assert.DoesNotContain("not read", screen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dance<Enter>", "there is no command /dance")]
    [InlineData("/effort huge<Enter>", "/effort takes low, medium, high or default")]
    [InlineData("/retry<Enter>", "there is no message to answer again")]
    [InlineData("/edit<Enter>", "there is no message to edit")]
    [InlineData("/clear now<Enter>", "/clear takes nothing after it")]
    [InlineData("/save<Enter>", "/save needs a file name")]
    [InlineData("/load no/such/file<Enter>", "no/such/file does not exist")]
    [InlineData("/tools no/such/file<Enter>", "no/such/file does not exist")]
    [InlineData("/reasoning maybe<Enter>", "/reasoning takes on or off")]
    public async Task AMistakeIsToldAndTheLineStaysInTheEditor(string keys, string message)
    {
        var chat = new TerminalChat(new ScriptedChatClient(), keys + "<C-u>", width: 120);
        string screen = await chat.RunAsync();
        Assert.Contains(message, screen, StringComparison.Ordinal);
        Assert.Empty(chat.Conversation.Messages);
    }

    [Theory]
    [InlineData("/ef<Tab>h<Tab><Enter>", "effort: high")]
    [InlineData("/reas<Tab>of<Tab><Enter>", "reasoning is hidden")]
    public async Task TabCompletesCommandsAndArguments(string keys, string expected) =>
        Assert.Contains(expected, await new TerminalChat(new ScriptedChatClient(), keys).RunAsync(), StringComparison.Ordinal);

    static string[] Said(Conversation conversation) => [.. conversation.Messages.Select(m => $"{m.Role.Value}: {m.Text}")];
}
