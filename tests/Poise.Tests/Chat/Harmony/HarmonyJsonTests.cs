using System.Text.Json;
using Poise.Core.Chat.Harmony;
using Poise.Tensors;

namespace Poise.Tests.Chat.Harmony;

/// <summary>Values as the format writes them, and what it refuses.</summary>
public class HarmonyJsonTests
{
    [Theory]
    [InlineData("10.0", "10.0")]
    [InlineData("10", "10")]
    [InlineData("-7", "-7")]
    [InlineData("-0.0", "-0.0")]
    [InlineData("1e+22", "1e22")]
    [InlineData("1e15", "1000000000000000.0")]
    [InlineData("1e16", "1e16")]
    [InlineData("123456789012345680.0", "1.2345678901234568e17")]
    [InlineData("0.00001", "0.00001")]
    [InlineData("1e-06", "1e-6")]
    [InlineData("0.000012345", "0.000012345")]
    [InlineData("-2.5e-7", "-2.5e-7")]
    [InlineData("100.25", "100.25")]
    [InlineData("0.1", "0.1")]
    [InlineData("5e-324", "5e-324")]
    [InlineData("1.7976931348623157e308", "1.7976931348623157e308")]
    [InlineData("18446744073709551615", "18446744073709551615")]
    [InlineData("18446744073709551616", "1.8446744073709552e19")]
    [InlineData("-9223372036854775809", "-9.223372036854776e18")]
    [InlineData("[ \"a\", {\"b\" : null} ,true ]", "[\"a\",{\"b\":null},true]")]
    [InlineData("\"\\u0001\\u007f\\/\\\"\\\\\\n\\u00e9\"", "\"\\u0001\u007f/\\\"\\\\\\né\"")]
    public void AValueIsCompact(string json, string expected)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal(expected, HarmonyJson.Write(document.RootElement));
    }

    [Theory]
    [InlineData("""{"id":1}""", "messages")]
    [InlineData("""{"messages":{}}""", "array")]
    [InlineData("""{"messages":[{"content":"x"}]}""", "role")]
    [InlineData("""{"messages":[{"role":"robot"}]}""", "robot")]
    [InlineData("""{"messages":[{"role":"user","content":5}]}""", "content")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image"}]}]}""", "image")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text"}]}]}""", "text")]
    [InlineData("""{"messages":[{"role":"system","content":[{"type":"system_content","reasoning_effort":"2"}]}]}""", "effort")]
    [InlineData("""{"messages":[{"role":"developer","content":[{"type":"developer_content","tools":[]}]}]}""", "tools")]
    [InlineData("""{"messages":[{"role":"user","content":"\ud800"}]}""", "Unicode")]
    [InlineData("""{"messages":[{"role":"developer","content":[{"type":"developer_content","tools":{"functions":{"tools":[{"name":"f","parameters":{"type":"string","enum":["\ud800"]}}]}}}]}]}""", "Unicode")]
    [InlineData("""{"messages":[{"role":"tool","content":"x"}]}""", "name")]
    public void AWrongLineIsRefusedInWords(string line, string named)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        PoiseException refusal = Assert.Throws<PoiseException>(() => HarmonyCases.Render(document.RootElement, HarmonyGolden.Vocabulary.Tokenizer, false));
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }
}
