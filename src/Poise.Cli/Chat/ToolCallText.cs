using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Poise.Core.Chat;
using Poise.Tensors.Formats;

namespace Poise.Cli.Chat;

/// <summary>The arguments of a call on one line.</summary>
static class ToolCallText
{
    public static string Of(FunctionCallContent call)
    {
        if (call.Arguments is null) return call.AdditionalProperties?.GetValueOrDefault(ChatKeys.ArgumentsText) as string ?? "{}";
        var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, JsonWriting.Plain))
        {
            writer.WriteStartObject();
            foreach ((string name, object? value) in call.Arguments)
            {
                writer.WritePropertyName(name);
                JsonValues.Write(writer, value);
            }
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
