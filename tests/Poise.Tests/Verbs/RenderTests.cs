using System.IO.Compression;
using System.Text.Json;
using Poise.Core.Library;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary><c>poise render</c>: many cases in one process, in order, and a bad one is only its own failure.</summary>
public sealed class RenderTests
{
    const string Template = "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{% else %}{{ raise_exception('no <messages>') }}{% endfor %} {{ strftime_now('%d %b %Y') }}";

    [Fact]
    public void LinesComeBackInOrderWithTheirErrors()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("t.jinja"), Template);
        string input = string.Join('\n',
            """{"id":"a","context":{"messages":[{"role":"user","content":"naïve <b>"}],"bos_token":"<s>"}}""",
            """{"id":7.50,"context":{"messages":[]}}""",
            "{\"id\":2,",
            "",
            """{"context":{}}""",
            """{"id":3}""",
            """{"id":4,"context":{"messages":5}}""",
            """{"id":5,"context":{"messages":[{"role":"user","content":"x"}]}}""") + "\n";
        PoiseProcess.Result result = PoiseProcess.RunWithInput(input, "render", folder.File("t.jinja"), "-", "--now", "2025-03-09T08:05:07");
        Assert.True(result.Code == 0, result.Error);
        string[] lines = result.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(7, lines.Length);
        Assert.Equal("""{"id":"a","text":"<s><user>naïve <b> 09 Mar 2025"}""", lines[0]);
        Assert.Equal("""{"id":7.50,"error":"no <messages>"}""", lines[1]);
        Assert.StartsWith("""{"id":null,"error":"standard input: line 3: not a JSON object""", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("""{"id":null,"error":"standard input: line 5: \"id\" is missing""", lines[3], StringComparison.Ordinal);
        Assert.Equal("""{"id":3,"error":"standard input: line 6: \"context\" is missing"}""", lines[4]);
        Assert.Contains("t.jinja: line 1: 'int' object is not iterable", lines[5], StringComparison.Ordinal);
        Assert.Equal("""{"id":5,"text":"<user>x 09 Mar 2025"}""", lines[6]);
    }

    [Theory]
    [InlineData("chat_template.jinja", null)]
    [InlineData("tokenizer_config.json", "text")]
    [InlineData("tokenizer_config.json", "named")]
    [InlineData("chat_template.json", "text")]
    public void AModelBringsTemplateAndTokens(string file, string? layout)
    {
        using var folder = new TemporaryFolder();
        string tokens = "\"bos_token\":{\"content\":\"<BOS>\"},\"eos_token\":null";
        string template = JsonSerializer.Serialize(Template);
        string value = layout == "named" ? $$"""[{"name":"tool_use","template":"no"},{"name":"default","template":{{template}}}]""" : template;
        string chat = layout is null ? "" : $",\"chat_template\":{value}";
        File.WriteAllText(folder.File("tokenizer_config.json"), $"{{{tokens}{(file == "tokenizer_config.json" ? chat : "")}}}");
        if (layout is null) File.WriteAllText(folder.File(file), Template);
        else if (file == "chat_template.json") File.WriteAllText(folder.File(file), $"{{{chat[1..]}}}");
        Assert.Equal(new ChatTemplateSource(Template, "<BOS>", null), ChatTemplateSource.Find(folder.Path));

        string input = """{"id":1,"messages":[{"role":"user","content":"Hi"}],"tools":[]}""";
        PoiseProcess.Result result = PoiseProcess.RunWithInput(input, "render", folder.Path, "-", "--now", "2025-03-09T08:05:07");
        Assert.True(result.Code == 0, result.Error);
        Assert.Equal("""{"id":1,"text":"<BOS><user>Hi 09 Mar 2025"}""", result.Output.TrimEnd('\n'));
    }

    [Theory]
    [InlineData(2, "--keep-analysis is for harmony", "x.jinja", "-", "--keep-analysis")]
    [InlineData(2, "--now takes a time", "x.jinja", "-", "--now", "soon")]
    [InlineData(1, "does not exist", "absent.jinja", "-")]
    [InlineData(1, "does not exist", "absent", "-")]
    public void MisuseIsToldBeforeAnythingIsRead(int code, string problem, params string[] arguments)
    {
        PoiseProcess.Result result = PoiseProcess.Run(["render", .. arguments]);
        Assert.Equal(code, result.Code);
        Assert.Contains(problem, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ATemplateThatIsNoneIsRefusedWithItsLine()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("broken.jinja"), "a\nb{% if x %}\n{{ 1 + }}");
        PoiseProcess.Result result = PoiseProcess.Run("render", folder.File("broken.jinja"), "-");
        Assert.Equal(1, result.Code);
        Assert.Contains("broken.jinja: line 3: ", result.Error, StringComparison.Ordinal);
    }

    /// <summary>The reference's own cases through the program: text and ids, with the reasoning dropped and kept.</summary>
    [Fact]
    public void HarmonyAsTheReferenceRendersIt()
    {
        using var stream = new StreamReader(new GZipStream(File.OpenRead(Shared.Golden("harmony", "render.jsonl.gz")), CompressionMode.Decompress));
        string[] cases = [.. stream.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(60)];
        foreach (bool keep in (bool[])[false, true])
        {
            PoiseProcess.Result result = PoiseProcess.RunWithInput(string.Join('\n', cases), ["render", "harmony", "-", .. keep ? (string[])["--keep-analysis"] : []]);
            Assert.True(result.Code == 0, result.Error);
            string[] lines = result.Output.TrimEnd('\n').Split('\n');
            Assert.Equal(cases.Length, lines.Length);
            for (int i = 0; i < cases.Length; i++)
            {
                JsonElement expected = JsonDocument.Parse(cases[i]).RootElement, actual = JsonDocument.Parse(lines[i]).RootElement;
                Assert.Equal(expected.GetProperty("id").GetString(), actual.GetProperty("id").GetString());
                if (expected.TryGetProperty("error", out _))
                {
                    Assert.True(actual.TryGetProperty("error", out _), lines[i]);
                    continue;
                }

                JsonElement rendering = keep && expected.GetProperty("keep") is { ValueKind: JsonValueKind.Object } kept ? kept : expected.GetProperty("drop");
                Assert.Equal(rendering.GetProperty("text").GetString(), actual.GetProperty("text").GetString());
                Assert.Equal(rendering.GetProperty("tokens").EnumerateArray().Select(id => id.GetInt32()), actual.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
            }
        }
    }
}
