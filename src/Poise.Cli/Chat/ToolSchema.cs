using System.Text.Json;

namespace Poise.Cli.Chat;

/// <summary>Whether the parameters of a tool are a JSON schema of an object. What it does not know it leaves alone.</summary>
static class ToolSchema
{
    const int MostEntries = 10_000;

    static readonly string[] s_types = ["string", "number", "integer", "boolean", "object", "array", "null"];

    /// <summary>Keywords whose value is one schema, a list of schemas, or a schema for each name.</summary>
    static readonly string[] s_one = ["items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"];
    static readonly string[] s_many = ["anyOf", "oneOf", "allOf", "prefixItems"];
    static readonly string[] s_named = ["properties", "patternProperties", "$defs", "definitions"];

    public static void Check(JsonField parameters)
    {
        JsonField type = parameters.Object()["type"];
        if (!type.IsMissing && !(type.Value.ValueKind == JsonValueKind.String && type.Text() == "object")) throw type.Expected("\"object\": parameters are a JSON schema of an object");
        CheckSchema(parameters);
    }

    static void CheckSchema(JsonField schema)
    {
        // true and false are schemas.
        if (schema.Value.ValueKind is JsonValueKind.True or JsonValueKind.False) return;
        if (schema.Value.ValueKind != JsonValueKind.Object) throw schema.Expected("a JSON schema");
        CheckType(schema["type"]);
        JsonField required = schema["required"], values = schema["enum"], description = schema["description"];
        if (!required.IsMissing)
            foreach (JsonField name in required.Items(MostEntries)) name.Text();
        if (!values.IsMissing) values.Items(MostEntries);
        description.OptionalText();
        foreach (string keyword in s_one)
            if (!schema[keyword].IsMissing) CheckSchema(schema[keyword]);
        foreach (string keyword in s_many)
            if (!schema[keyword].IsMissing)
                foreach (JsonField part in schema[keyword].Items(MostEntries)) CheckSchema(part);
        foreach (string keyword in s_named)
            if (!schema[keyword].IsMissing)
                foreach ((_, JsonField part) in schema[keyword].Properties()) CheckSchema(part);
    }

    static void CheckType(JsonField type)
    {
        if (type.IsMissing) return;
        if (type.Value.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonField one in type.Items(s_types.Length)) CheckTypeName(one);
            return;
        }
        CheckTypeName(type);
    }

    static void CheckTypeName(JsonField type)
    {
        if (type.Value.ValueKind != JsonValueKind.String || !s_types.Contains(type.Text())) throw type.Expected("one of " + string.Join(", ", s_types));
    }
}
