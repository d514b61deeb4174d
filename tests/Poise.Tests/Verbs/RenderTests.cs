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
    [InlineData(2, "not built in yet", "harmony", "-")]
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
}
