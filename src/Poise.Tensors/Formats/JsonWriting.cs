using System.Text.Encodings.Web;
using System.Text.Json;

namespace Poise.Tensors.Formats;

/// <summary>How Poise writes JSON: letters of all languages as they are. None of it goes into HTML, for which the default escapes them.</summary>
public static class JsonWriting
{
    /// <summary>One line.</summary>
    public static JsonWriterOptions Plain { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>For people to read; the same line ends on every system.</summary>
    public static JsonWriterOptions Indented { get; } = Plain with { Indented = true, NewLine = "\n" };
}
