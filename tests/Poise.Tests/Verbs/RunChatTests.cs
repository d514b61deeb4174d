using System.Text.Json;
using Poise.Tests.Client;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary><c>poise run</c> with models that have a chat format: system, JSON, several prompts at once, and the text as it is.</summary>
public sealed class RunChatTests(TinyModels models) : IClassFixture<TinyModels>
{
    [Fact]
    public void APromptIsSaidToTheModelUnlessRaw()
    {
        string chat = Json("run", models.Llama, "Hi", "--json", "--max-tokens", "4").GetProperty("usage").GetProperty("prompt_tokens").ToString();
        string system = Json("run", models.Llama, "Hi", "--json", "--max-tokens", "4", "--system", "Be brief.").GetProperty("usage").GetProperty("prompt_tokens").ToString();
        string raw = Json("run", models.Llama, "Hi", "--json", "--max-tokens", "4", "--raw").GetProperty("usage").GetProperty("prompt_tokens").ToString();
        Assert.True(int.Parse(system) > int.Parse(chat) && int.Parse(chat) > int.Parse(raw), $"{system} {chat} {raw}");
        Assert.Equal("3", raw);
    }

    [Fact]
    public void EffortChangesThePromptOfHarmony()
    {
        string low = PoiseProcess.Run("run", models.Harmony, "Hi", "--max-tokens", "12", "--effort", "low").Output, high = PoiseProcess.Run("run", models.Harmony, "Hi", "--max-tokens", "12", "--effort", "high").Output;
        Assert.NotEqual(low, high);
        PoiseProcess.Result wrong = PoiseProcess.Run("run", models.Harmony, "Hi", "--effort", "huge");
        Assert.Equal(2, wrong.Code);
    }

    [Fact]
    public void ATemplateMayBeGiven()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("t.jinja"), "{{ messages[0].content }}");
        string[] same = ["--json", "--max-tokens", "6"];
        JsonElement given = Json(["run", models.Llama, "Hello", "--template", folder.File("t.jinja"), .. same]);
        Assert.Equal(5, given.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        File.WriteAllText(folder.File("loop.jinja"), "a\n{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}");
        PoiseProcess.Result loop = PoiseProcess.Run("run", models.Llama, "Hello", "--template", folder.File("loop.jinja"));
        Assert.Equal(1, loop.Code);
        Assert.Contains("loop.jinja: line 2: ", loop.Error, StringComparison.Ordinal);
    }

    /// <summary>Each line's answer is what the same prompt gets alone, in the order of the lines.</summary>
    [Fact]
    public void ABatchAnswersEveryLine()
    {
        string[] texts = ["Hello", "What is it?", "A third \\u00e9"];
        string input = $"{texts[0]}\n{{\"id\":\"b\",\"prompt\":\"{texts[1]}\"}}\n\n{{\"id\":3,\"messages\":[{{\"role\":\"user\",\"content\":\"{texts[2]}\"}}]}}\n";
        string[] options = ["--max-tokens", "9", "--temperature", "1", "--seed", "4"];
        PoiseProcess.Result result = PoiseProcess.RunWithInput(input, ["run", models.Harmony, "--batch", "-", .. options]);
        Assert.True(result.Code == 0, result.Error);
        JsonElement[] lines = [.. result.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(3, lines.Length);
        Assert.Equal("b", lines[1].GetProperty("id").GetString());
        Assert.Equal(3, lines[2].GetProperty("id").GetInt32());
        for (int i = 0; i < 3; i++)
        {
            JsonElement alone = Json(["run", models.Harmony, texts[i].Replace("\\u00e9", "é", StringComparison.Ordinal), "--json", .. options]);
            Assert.Equal(alone.GetProperty("text").GetString(), lines[i].GetProperty("text").GetString());
            Assert.Equal(9, lines[i].GetProperty("usage").GetProperty("answer_tokens").GetInt32());
            Assert.Equal("length", lines[i].GetProperty("finish_reason").GetString());
        }
    }

    [Theory]
    [InlineData(2, "needs a prompt")]
    [InlineData(2, "not both", "x", "--batch", "-")]
    [InlineData(2, "--raw continues", "x", "--raw", "--system", "y")]
    [InlineData(2, "not for --batch", "--batch", "-", "--top-logprobs", "1")]
    [InlineData(1, "no such file", "--batch", "absent.jsonl")]
    [InlineData(1, "no such file", "x", "--template", "absent.jinja")]
    public void Misuse(int code, string problem, params string[] arguments)
    {
        PoiseProcess.Result result = PoiseProcess.Run(["run", models.Llama, .. arguments]);
        Assert.Equal(code, result.Code);
        Assert.Contains(problem, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("{\"id\":1}", "line 1: \"prompt\" (a string) or \"messages\" (an array) is missing")]
    [InlineData("ok\n{\"id\":1,", "line 2: not a JSON object")]
    [InlineData("{\"messages\":[{\"role\":\"robot\",\"content\":\"x\"}]}", "the role \"robot\"")]
    [InlineData("", "no prompt in it")]
    public void BadLinesOfABatch(string input, string problem)
    {
        PoiseProcess.Result result = PoiseProcess.RunWithInput(input, "run", models.Llama, "--batch", "-");
        Assert.Equal(1, result.Code);
        Assert.Contains(problem, result.Error, StringComparison.Ordinal);
    }

    static JsonElement Json(params string[] arguments)
    {
        PoiseProcess.Result result = PoiseProcess.Run(arguments);
        Assert.True(result.Code == 0, result.Error);
        return JsonDocument.Parse(result.Output).RootElement;
    }
}
