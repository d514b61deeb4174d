using System.Text.Json;
using Poise.Tensors;

namespace Poise.Core.Chat.Templates;

/// <summary>What a template sees: names and values.</summary>
public sealed class TemplateContext
{
    TemplateContext(DictValue values) => Values = values;

    internal DictValue Values { get; }

    /// <summary>A context spelled out: an object whose properties are the template's variables.</summary>
    /// <exception cref="PoiseException">It is no object, is nested too deeply, or holds a number that is too long.</exception>
    public static TemplateContext From(JsonElement context) =>
        JsonValues.From(context, 0) is DictValue values ? new TemplateContext(values) : throw new PoiseException("the context of a template must be a JSON object");

    /// <summary>What transformers would pass for a request.</summary>
    /// <param name="bosToken">The text of the token that begins a sequence, where there is one.</param>
    /// <param name="eosToken">The text of the token that ends a sequence, where there is one.</param>
    /// <param name="promptNext">Whether the beginning of the assistant's next message follows.</param>
    public static TemplateContext From(ChatRequest request, string? bosToken, string? eosToken, bool promptNext = true)
    {
        var values = new DictValue();
        values.Set("messages", new ListValue([.. request.Messages.Select(Message)]));
        values.Set("tools", request.Tools.Count == 0 ? Value.None : new ListValue([.. request.Tools.Select(Tool)]));
        values.Set("documents", Value.None);
        values.Set("add_generation_prompt", Value.Of(promptNext));
        if (bosToken is not null) values.Set("bos_token", Value.Of(bosToken));
        if (eosToken is not null) values.Set("eos_token", Value.Of(eosToken));
        if (request.Effort is { } effort)
        {
            values.Set("reasoning_effort", Value.Of(effort.ToString().ToLowerInvariant()));
            values.Set("enable_thinking", Value.True);
        }
        return new TemplateContext(values);
    }

    /// <summary>A conversation as it lies in JSON, without the request around it.</summary>
    public static TemplateContext From(JsonElement messages, JsonElement? tools, string? bosToken, string? eosToken)
    {
        var values = new DictValue();
        values.Set("messages", JsonValues.From(messages, 0) is ListValue list ? new ListValue([.. list.Items.Select(WithReasoning)]) : throw new PoiseException("\"messages\" must be a list"));
        values.Set("tools", tools is { } given ? JsonValues.From(given, 0) : Value.None);
        values.Set("documents", Value.None);
        values.Set("add_generation_prompt", Value.True);
        if (bosToken is not null) values.Set("bos_token", Value.Of(bosToken));
        if (eosToken is not null) values.Set("eos_token", Value.Of(eosToken));
        return new TemplateContext(values);
    }

    /// <summary>As transformers does it: reasoning appears under both names that templates look for.</summary>
    static Value WithReasoning(Value message)
    {
        if (message is not DictValue given) return message;
        Value? reasoning = null;
        foreach (string name in (string[])["reasoning_content", "thinking", "reasoning"])
            if (reasoning is null && given.TryGet(name, out Value? found) && found is TextValue) reasoning = found;
        if (reasoning is null) return message;
        var copy = new DictValue();
        foreach ((Value key, Value value) in given.Entries) copy.Set(((TextValue)key).Text, value);
        foreach (string name in (string[])["thinking", "reasoning_content"])
            if (!copy.TryGet(name, out _)) copy.Set(name, reasoning);
        return copy;
    }

    static DictValue Message(ChatMessage message)
    {
        var values = new DictValue();
        values.Set("role", Value.Of(message.Role.ToString().ToLowerInvariant()));
        values.Set("content", Value.Of(message.Text));
        if (message.Name is { } name) values.Set("name", Value.Of(name));
        if (message.Reasoning is { } reasoning)
        {
            // Templates look for either name.
            values.Set("reasoning_content", Value.Of(reasoning));
            values.Set("thinking", Value.Of(reasoning));
        }
        if (message.ToolCalls.Count > 0) values.Set("tool_calls", new ListValue([.. message.ToolCalls.Select(Call)]));
        if (message.ToolCallId is { } id) values.Set("tool_call_id", Value.Of(id));
        return values;
    }

    static DictValue Call(ToolCall call)
    {
        var function = new DictValue();
        function.Set("name", Value.Of(call.Name));
        function.Set("arguments", JsonValues.TryParseObject(call.Arguments) ?? Value.Of(call.Arguments));
        var values = new DictValue();
        values.Set("id", Value.Of(call.Id));
        values.Set("type", Value.Of("function"));
        values.Set("function", function);
        return values;
    }

    static DictValue Tool(ToolDefinition tool)
    {
        var function = new DictValue();
        function.Set("name", Value.Of(tool.Name));
        if (tool.Description is { } description) function.Set("description", Value.Of(description));
        if (tool.Parameters is { } parameters) function.Set("parameters", JsonValues.From(parameters, 0));
        var values = new DictValue();
        values.Set("type", Value.Of("function"));
        values.Set("function", function);
        return values;
    }
}
