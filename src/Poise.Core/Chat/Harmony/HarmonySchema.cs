using System.Text;
using System.Text.Json;

namespace Poise.Core.Chat.Harmony;

/// <summary>
/// A JSON schema as the TypeScript-like text that models of the format were trained on. Oddities are the format's: texts of several lines
/// are not indented, a nested object repeats its description, a list of choices has no parentheses.
/// Nesting is bounded by the JSON reader's depth.
/// </summary>
static class HarmonySchema
{
    public static string TypeOf(JsonElement schema, string indent = "")
    {
        if (schema.ValueKind != JsonValueKind.Object) return "any";
        if (Property(schema, "oneOf", JsonValueKind.Array) is { } variants) return TopVariants(variants, indent);
        if (Property(schema, "type", JsonValueKind.Array) is { } types)
        {
            string names = string.Join(" | ", types.EnumerateArray().Where(t => t.ValueKind == JsonValueKind.String).Select(t => t.GetString() is "integer" ? "number" : t.GetString()));
            return names.Length == 0 ? "any" : names;
        }
        switch (TextOf(schema, "type"))
        {
            case "object": return ObjectType(schema, indent);
            case "string":
                string[] choices = Property(schema, "enum", JsonValueKind.Array) is { } list
                    ? [.. list.EnumerateArray().Where(c => c.ValueKind == JsonValueKind.String).Select(c => $"\"{c.GetString()}\"")] : [];
                return choices.Length == 0 ? "string" : string.Join(" | ", choices);
            case "number" or "integer": return "number";
            case "boolean": return "boolean";
            case "array": return schema.TryGetProperty("items", out JsonElement items) ? TypeOf(items, indent) + "[]" : "Array<any>";
            default: return "any";
        }
    }

    static string TopVariants(JsonElement variants, string indent)
    {
        var text = new StringBuilder();
        foreach (JsonElement variant in variants.EnumerateArray())
        {
            text.Append('\n').Append(indent).Append(" | ").Append(NullableType(variant, indent + "   "));
            string? defaults = Default(variant) is { } value ? "default: " + HarmonyJson.Write(value) : null;
            AppendComment(text, TextOf(variant, "description"), defaults);
        }
        return text.ToString();
    }

    static string ObjectType(JsonElement schema, string indent)
    {
        var text = new StringBuilder();
        if (TextOf(schema, "description") is { } description) text.Append(indent).Append("// ").Append(description).Append('\n');
        text.Append("{\n");
        if (Property(schema, "properties", JsonValueKind.Object) is { } properties)
        {
            HashSet<string> required = Property(schema, "required", JsonValueKind.Array) is { } names
                ? [.. names.EnumerateArray().Where(n => n.ValueKind == JsonValueKind.String).Select(n => n.GetString()!)] : [];
            foreach (JsonProperty property in properties.EnumerateObject())
                AppendProperty(text, property.Name + (required.Contains(property.Name) ? "" : "?"), property.Value, indent);
        }
        return text.Append(indent).Append('}').ToString();
    }

    static void AppendProperty(StringBuilder text, string key, JsonElement schema, string indent)
    {
        string? title = TextOf(schema, "title"), description = TextOf(schema, "description");
        JsonElement? variants = Property(schema, "oneOf", JsonValueKind.Array);
        if (title is not null) text.Append(indent).Append("// ").Append(title).Append('\n').Append(indent).Append("//\n");
        if (description is not null && variants is null) text.Append(indent).Append("// ").Append(description).Append('\n');
        if (Property(schema, "examples", JsonValueKind.Array) is { } examples && examples.GetArrayLength() > 0)
        {
            text.Append(indent).Append("// Examples:\n");
            foreach (JsonElement example in examples.EnumerateArray())
                if (example.ValueKind == JsonValueKind.String) text.Append(indent).Append("// - \"").Append(example.GetString()).Append("\"\n");
        }
        if (variants is { } choices)
        {
            AppendVariants(text, key, schema, choices, description, indent);
            return;
        }
        text.Append(indent).Append(key).Append(": ").Append(NullableType(schema, indent + "    ")).Append(',');
        AppendComment(text, null, DefaultText(schema));
        text.Append('\n');
    }

    static void AppendVariants(StringBuilder text, string key, JsonElement schema, JsonElement variants, string? description, string indent)
    {
        JsonElement? first = variants.GetArrayLength() > 0 ? variants[0] : null;
        bool described = description is not null && (first is null || TextOf(first.Value, "description") != description);
        if (described) text.Append(indent).Append("// ").Append(description).Append('\n');
        if (DefaultText(schema) is { } defaults) text.Append(indent).Append("// ").Append(defaults).Append('\n');
        text.Append(indent).Append(key).Append(":\n");
        bool isFirst = true;
        foreach (JsonElement variant in variants.EnumerateArray())
        {
            text.Append(indent).Append(" | ").Append(NullableType(variant, indent + "   "));
            string? own = TextOf(variant, "description");
            AppendComment(text, (isFirst && described) || own == description ? null : own, DefaultText(variant));
            text.Append('\n');
            isFirst = false;
        }
        text.Append(indent).Append(",\n");
    }

    // The word is looked for in the whole text of the type, names of properties included: so the format was defined.
    static string NullableType(JsonElement schema, string indent)
    {
        string type = TypeOf(schema, indent);
        bool nullable = schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("nullable", out JsonElement flag) && flag.ValueKind == JsonValueKind.True;
        return nullable && !type.Contains("null", StringComparison.Ordinal) ? type + " | null" : type;
    }

    static void AppendComment(StringBuilder text, string? description, string? defaults)
    {
        if (description is null && defaults is null) return;
        text.Append(" // ").AppendJoin(' ', new[] { description, defaults }.Where(t => t is not null));
    }

    /// <summary>A string stands as it is, in quotes unless there is a list of choices; all else is JSON.</summary>
    static string? DefaultText(JsonElement schema)
    {
        if (Default(schema) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.String) return "default: " + HarmonyJson.Write(value);
        bool choices = Property(schema, "enum", JsonValueKind.Array) is { } list && list.GetArrayLength() > 0;
        return choices ? "default: " + value.GetString() : $"default: \"{value.GetString()}\"";
    }

    static JsonElement? Default(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("default", out JsonElement value) ? value : null;

    static JsonElement? Property(JsonElement schema, string name, JsonValueKind kind) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty(name, out JsonElement value) && value.ValueKind == kind ? value : null;

    static string? TextOf(JsonElement schema, string name) => Property(schema, name, JsonValueKind.String)?.GetString();
}
