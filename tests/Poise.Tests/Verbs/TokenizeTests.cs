using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary><c>poise tokenize</c>: lines in, lines out, in order, with the id as it was spelled.</summary>
public sealed class TokenizeTests
{
    const string Stories = "tests/golden/models/stories260K";

    [Fact]
    public void TextsComeBack()
    {
        string input = string.Join('\n', """{"id":"a","text":"Once upon a time"}""", "", """{"text":"naïve 😀 <b>","id":7.50}""", """{"id":"\u0062","text":""}""") + "\n";
        PoiseProcess.Result ids = PoiseProcess.RunWithInput(input, "tokenize", Stories, "-");
        Assert.True(ids.Code == 0, ids.Error);
        PoiseProcess.Result texts = PoiseProcess.RunWithInput(ids.Output, "tokenize", Stories, "-", "--decode");
        Assert.True(texts.Code == 0, texts.Error);
        string[] expected = ["""{"id":"a","text":"Once upon a time"}""", """{"id":7.50,"text":"naïve 😀 <b>"}""", """{"id":"\u0062","text":""}""", ""];
        // Only what JSON demands is escaped; an astral character may be spelled either way.
        Assert.Equal(expected, texts.Output.Replace("\\uD83D\\uDE00", "😀", StringComparison.Ordinal).Split('\n'));
    }

    [Fact]
    public void ALoneSurrogateIsAReplacementCharacter()
    {
        PoiseProcess.Result lone = PoiseProcess.RunWithInput("""{"id":1,"text":"x\ud800y"}""", "tokenize", Stories, "-");
        PoiseProcess.Result replacement = PoiseProcess.RunWithInput("""{"id":1,"text":"x\ufffdy"}""", "tokenize", Stories, "-");
        Assert.Equal(0, lone.Code);
        Assert.Equal(replacement.Output, lone.Output);
    }

    [Theory]
    [InlineData("line 2: not a JSON object", "{\"id\":1,\"text\":\"x\"}\n{\"id\":2,", false)]
    [InlineData("line 1: \"text\" is missing", "{\"id\":1,\"ids\":[1]}", false)]
    [InlineData("line 1: id 99999 is outside the vocabulary", "{\"id\":1,\"ids\":[99999]}", true)]
    public void ABadLineIsRefusedWithItsNumber(string named, string input, bool decode)
    {
        string[] arguments = ["tokenize", Stories, "-", .. decode ? ["--decode"] : Array.Empty<string>()];
        PoiseProcess.Result result = PoiseProcess.RunWithInput(input, arguments);
        Assert.Equal(1, result.Code);
        Assert.Contains("standard input: " + named, result.Error, StringComparison.Ordinal);
    }
}
