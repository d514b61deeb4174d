using System.Text.Json;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary><c>poise parse</c>: streams in, messages out, in order, with the id as it was spelled.</summary>
public sealed class ParseTests
{
    [Fact]
    public void HarmonyNeedsNoModel()
    {
        string input = string.Join('\n',
            """{"id":"a","role":"assistant","ids":[200005,17196,200008,3206,382,220,19,13,200002]}""",
            """{"id":7.0,"text":"<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant to=functions.f<|channel|>commentary <|constrain|>json<|message|>{\"a\":1}<|call|>"}""",
            """{"role":null,"id":"t","text":"<|start|>functions.f to=assistant<|channel|>commentary<|message|>é😀<|end|>"}""",
            """{"id":"u","ids":[200005,17196,200008,64,4294967295,65]}""",
            """{"id":"e"}""",
            """{"id":"r","role":"robot","text":"x"}""") + "\n";
        PoiseProcess.Result result = PoiseProcess.RunWithInput(input, "parse", "harmony", "-");
        Assert.True(result.Code == 0, result.Error);
        string[] expected =
        [
            """{"id":"a","messages":[{"role":"assistant","content":"It is 4.","channel":"final"}]}""",
            """{"id":7.0,"messages":[{"role":"assistant","content":"Hm.","channel":"analysis"},{"role":"assistant","content":"{\"a\":1}","channel":"commentary","recipient":"functions.f","content_type":"<|constrain|>json"}]}""",
            """{"id":"t","messages":[{"role":"tool","name":"functions.f","content":"é😀","channel":"commentary","recipient":"assistant"}]}""",
            """{"id":"u","messages":[{"role":"assistant","content":"a�b","channel":"final"}]}""",
        ];
        string[] lines = result.Output.Replace("\\uD83D\\uDE00", "😀", StringComparison.Ordinal).Split('\n');
        Assert.Equal(expected, lines[..4]);
        Assert.StartsWith("""{"id":"e","error":""", lines[4], StringComparison.Ordinal);
        Assert.Contains("robot", JsonDocument.Parse(lines[5]).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void OtherDialectsReadTextsWithoutAModelAndIdsWithOne()
    {
        const string Call = """{"id":1,"text":"{\"name\":\"f\",\"parameters\":{}}<|eot_id|>"}""";
        const string Answer = """{"id":1,"messages":[{"role":"assistant","content":"","tool_calls":[{"id":"call_0","name":"f","arguments":"{}"}]}]}""" + "\n";
        Assert.Equal(Answer, PoiseProcess.RunWithInput(Call, "parse", "llama-3", "-").Output);
        const string Model = "tests/golden/tokenizers/models/llama3.1";
        Assert.Equal(Answer, PoiseProcess.RunWithInput(Call, "parse", "llama-3", "-", "--model", Model).Output);
        string ids = PoiseProcess.RunWithInput("""{"id":1,"text":"Hello<|eot_id|>"}""", "tokenize", Model, "-", "--specials").Output;
        Assert.Equal("""{"id":1,"messages":[{"role":"assistant","content":"Hello"}]}""" + "\n", PoiseProcess.RunWithInput(ids, "parse", "llama-3", "-", "--model", Model).Output);
        PoiseProcess.Result without = PoiseProcess.RunWithInput(ids, "parse", "plain", "-");
        Assert.Equal(1, without.Code);
        Assert.Contains("--model", without.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnknownDialectIsAMisuse()
    {
        PoiseProcess.Result result = PoiseProcess.RunWithInput("", "parse", "klingon", "-");
        Assert.Equal(2, result.Code);
        Assert.Contains("harmony, llama-3, plain", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AModelOfAnotherFamilyIsRefused()
    {
        PoiseProcess.Result result = PoiseProcess.RunWithInput("""{"id":1,"ids":[1]}""", "parse", "harmony", "-", "--model", "tests/golden/tokenizers/models/gpt2");
        Assert.Equal(1, result.Code);
        Assert.Contains("harmony", result.Error, StringComparison.Ordinal);
    }
}
