using Poise.Cli.Chat;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Chatting;

/// <summary>Tool definitions: what is accepted, and what a mistake in one is called.</summary>
public sealed class ToolFileTests
{
    [Fact]
    public void BothSpellingsAreRead()
    {
        IReadOnlyList<DeclaredTool> tools = Read("""
            [
              {"type": "function", "function": {"name": "a", "description": "First", "parameters": {"type": "object", "properties": {"x": {"type": ["string", "null"], "enum": ["p", null]}, "y": {"type": "array", "items": {"anyOf": [{"type": "integer"}, true]}}}, "required": ["x"], "additionalProperties": false}}},
              {"type": "function", "name": "b", "parameters": {"properties": {}}},
              {"name": "c.d-e_1"}
            ]
            """);
        Assert.Equal(["a", "b", "c.d-e_1"], tools.Select(t => t.Name));
        Assert.Equal("First", tools[0].Description);
        Assert.True(tools[0].JsonSchema.GetProperty("properties").TryGetProperty("y", out _));
        Assert.Null(tools[2].Parameters);
        Assert.Equal("object", tools[2].JsonSchema.GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("{}", "tools: expected an array, not an object")]
    [InlineData("[3]", "tools[0]: expected an object, not 3")]
    [InlineData("[{\"name\": \"ok\"}, {}]", "tools[1].name: expected a string, not nothing")]
    [InlineData("[{\"type\": \"retrieval\", \"name\": \"x\"}]", "tools[0].type: expected \"function\", not \"retrieval\"")]
    [InlineData("[{\"type\": \"function\", \"function\": []}]", "tools[0].function: expected an object, not an array")]
    [InlineData("[{\"function\": {\"name\": \"two words\"}}]", "tools[0].function.name: expected a name")]
    [InlineData("[{\"name\": \"a\"}, {\"name\": \"a\"}]", "tools[1]: a second tool named a")]
    [InlineData("[{\"name\": \"a\", \"description\": 1}]", "tools[0].description: expected a string, not 1")]
    [InlineData("[{\"name\": \"a\", \"parameters\": \"none\"}]", "tools[0].parameters: expected an object, not \"none\"")]
    [InlineData("[{\"name\": \"a\", \"parameters\": {\"type\": \"string\"}}]", "tools[0].parameters.type: expected \"object\"")]
    [InlineData("[{\"name\": \"a\", \"parameters\": {\"properties\": {\"x\": {\"type\": \"strin\"}}}}]", "tools[0].parameters.properties.x.type: expected one of string, number")]
    [InlineData("[{\"name\": \"a\", \"parameters\": {\"properties\": {\"x\": 7}}}]", "tools[0].parameters.properties.x: expected a JSON schema, not 7")]
    [InlineData("[{\"name\": \"a\", \"parameters\": {\"properties\": []}}]", "tools[0].parameters.properties: expected an object, not an array")]
    [InlineData("[{\"name\": \"a\", \"parameters\": {\"required\": \"x\"}}]", "tools[0].parameters.required: expected an array, not \"x\"")]
    [InlineData("[{\"name\": \"a\", \"parameters\": {\"required\": [1]}}]", "tools[0].parameters.required[0]: expected a string, not 1")]
    [InlineData("[{\"name\": \"a\", \"parameters\": {\"properties\": {\"l\": {\"type\": \"array\", \"items\": [{}]}}}}]", "properties.l.items: expected a JSON schema, not an array")]
    [InlineData("[{\"name\": \"a\", \"parameters\": {\"properties\": {\"l\": {\"oneOf\": [{\"type\": 3}]}}}}]", "properties.l.oneOf[0].type: expected one of")]
    public void AMistakeIsNamedWithIndexAndField(string text, string message)
    {
        var error = Assert.Throws<PoiseException>(() => Read(text));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    static IReadOnlyList<DeclaredTool> Read(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tools.json"), text);
        return ToolFile.Read(folder.File("tools.json"));
    }
}
