using System.Text.Json;
using Poise.Core.Chat;
using Poise.Core.Chat.Templates;
using Poise.Tensors;

namespace Poise.Tests.Chat.Templates;

/// <summary>What a template sees of a request is what transformers would show it.</summary>
public sealed class TemplateContextTests
{
    static readonly DateTimeOffset s_now = new(2025, 3, 9, 8, 5, 7, TimeSpan.FromHours(2));

    [Fact]
    public void ARequestBecomesMessagesToolsAndTokens()
    {
        using JsonDocument schema = JsonDocument.Parse("""{"type":"object","properties":{"b":{},"a":{}}}""");
        var request = new ChatRequest
        {
            Now = s_now,
            Messages =
            [
                ChatMessage.Of(ChatRole.System, "Be brief."),
                new ChatMessage
                {
                    Role = ChatRole.Assistant,
                    Reasoning = "Look it up.",
                    ToolCalls = [new ToolCall("c1", "find", """{"z":1,"a":[2.0,null]}"""), new ToolCall("c2", "find", "no JSON")],
                },
                new ChatMessage { Role = ChatRole.Tool, Name = "find", ToolCallId = "c1", Content = [new TextContent("it "), new TextContent("is")] },
            ],
            Tools = [new ToolDefinition("find", "Finds.", schema.RootElement.Clone()), new ToolDefinition("stop", null, null)],
        };
        Assert.Equal(
            """[{"role": "system", "content": "Be brief."}, """ +
            """{"role": "assistant", "content": "", "reasoning_content": "Look it up.", "thinking": "Look it up.", "tool_calls": [""" +
            """{"id": "c1", "type": "function", "function": {"name": "find", "arguments": {"z": 1, "a": [2.0, null]}}}, """ +
            """{"id": "c2", "type": "function", "function": {"name": "find", "arguments": "no JSON"}}]}, """ +
            """{"role": "tool", "content": "it is", "name": "find", "tool_call_id": "c1"}]""",
            Render("{{ messages | tojson }}", request));
        Assert.Equal(
            """[{"type": "function", "function": {"name": "find", "description": "Finds.", "parameters": {"type": "object", "properties": {"b": {}, "a": {}}}}}, """ +
            """{"type": "function", "function": {"name": "stop"}}]""",
            Render("{{ tools | tojson }}", request));
        Assert.Equal("<s>|</s>|True|None", Render("{{ [bos_token, eos_token, add_generation_prompt, documents] | join('|') }}", request));
        Assert.Equal("False False", Render("{{ reasoning_effort is defined }} {{ enable_thinking is defined }}", request));
        Assert.Equal("high True", Render("{{ reasoning_effort }} {{ enable_thinking }}", request with { Effort = ReasoningEffort.High }));
        Assert.Equal("None", Render("{{ tools }}", request with { Tools = [] }));
        Assert.Equal("2025-03-09 08:05", Render("{{ strftime_now('%Y-%m-%d %H:%M') }}", request));
    }

    [Fact]
    public void AMissingTokenIsUndefined() =>
        Assert.Equal("[]", ChatTemplate.Parse("[{{ bos_token }}]", "t").Render(TemplateContext.From(new ChatRequest { Messages = [], Now = s_now }, null, null), s_now));

    [Theory]
    [InlineData("""{"x":"a\ud800b"}""", "a\uFFFDb")]
    [InlineData("""{"x":123456789012345678901234567890}""", "123456789012345678901234567890")]
    [InlineData("""{"x":1.0}""", "1.0")]
    [InlineData("""{"x":1e400}""", "inf")]
    [InlineData("""{"x":{"k\ud800\":":1}}""", "{'k\uFFFD\":': 1}")]
    [InlineData("""{"x":1,"x":2}""", "2")]
    public void OddJsonIsReadAsPythonReadsIt(string json, string expected)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal(expected, ChatTemplate.Parse("{{ x }}", "t").Render(TemplateContext.From(document.RootElement), s_now));
    }

    [Fact]
    public void WhatIsNoContextIsRefused()
    {
        using JsonDocument list = JsonDocument.Parse("[1]"), digits = JsonDocument.Parse("{\"x\":" + new string('9', 5000) + "}");
        Assert.Throws<PoiseException>(() => TemplateContext.From(list.RootElement));
        Assert.Throws<PoiseException>(() => TemplateContext.From(digits.RootElement));
    }

    static string Render(string template, ChatRequest request) =>
        ChatTemplate.Parse(template, "test").Render(TemplateContext.From(request, "<s>", "</s>"), request.Now);
}
