using System.Text.Json;

namespace Poise.Cli.Chat;

/// <summary>Tool definitions: a JSON array of functions as OpenAI's interface takes them, wrapped in "function" or not.</summary>
static class ToolFile
{
    const int MostTools = 256;
    const int LongestName = 64;

    public static IReadOnlyList<DeclaredTool> Read(string path) => Read(JsonField.Open(path, "a JSON array of function definitions"));

    public static IReadOnlyList<DeclaredTool> Read(JsonField list)
    {
        if (list.Path.Length == 0) list = list with { Path = "tools" };
        var tools = new List<DeclaredTool>();
        foreach (JsonField entry in list.Items(MostTools))
        {
            DeclaredTool tool = ReadTool(entry.Object());
            if (tools.Exists(other => other.Name == tool.Name)) throw entry.Error($"a second tool named {tool.Name}");
            tools.Add(tool);
        }
        return tools;
    }

    public static void Write(Utf8JsonWriter writer, IReadOnlyList<DeclaredTool> tools)
    {
        writer.WriteStartArray();
        foreach (DeclaredTool tool in tools)
        {
            writer.WriteStartObject();
            writer.WriteString("type", "function");
            writer.WriteStartObject("function");
            writer.WriteString("name", tool.Name);
            if (tool.Description.Length > 0) writer.WriteString("description", tool.Description);
            if (tool.Parameters is { } parameters)
            {
                writer.WritePropertyName("parameters");
                parameters.WriteTo(writer);
            }
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    static DeclaredTool ReadTool(JsonField entry)
    {
        JsonField type = entry["type"];
        if (type.OptionalText() is not (null or "function")) throw type.Expected("\"function\"");
        JsonField function = entry["function"].IsMissing ? entry : entry["function"].Object();
        JsonField name = function["name"], parameters = function["parameters"];
        if (!IsName(name.Text())) throw name.Expected($"a name of at most {LongestName} letters, digits, underscores, dots and hyphens");
        if (parameters.IsMissing) return new DeclaredTool(name.Text(), function["description"].OptionalText(), null);
        ToolSchema.Check(parameters);
        return new DeclaredTool(name.Text(), function["description"].OptionalText(), parameters.Value.Clone());
    }

    static bool IsName(string name) => name.Length is > 0 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
}
