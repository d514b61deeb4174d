using System.Text.Json;
using Poise.Core.Nano.Grading;
using Poise.Tensors.Formats;

namespace Poise.Tests.Nano;

/// <summary>Graded answers as they are written.</summary>
static class ExamLines
{
    public static JsonElement Of(GradedAnswer answer)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, JsonWriting.Plain)) GradedAnswerJson.Write(writer, answer);
        return JsonElement.Parse(bytes.ToArray());
    }
}
