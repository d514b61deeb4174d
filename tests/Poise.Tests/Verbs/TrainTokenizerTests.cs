using System.Text;
using System.Text.Json;
using Poise.Core.Tokenizers;
using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary>`poise train-tokenizer` as a process.</summary>
public sealed class TrainTokenizerTests : IDisposable
{
    readonly TemporaryFolder _temporary = new();

    [Fact]
    public void TheSameBytesComeOutWhateverTheThreadsAndTheOrder()
    {
        string text = Shared.Golden("tokenizers", "shakespeare.txt"), lines = _temporary.File("more.jsonl");
        File.WriteAllLines(lines, Enumerable.Range(0, 50).Select(i => $"{{\"text\":\"line {i} of a file — é\"}}"));
        PoiseProcess.Result first = Train([text, lines], "a", "--vocabulary", "500", "--special", "<s>", "<t>", "--threads", "1", "--json");
        PoiseProcess.Result second = Train([lines, text], "b", "--vocabulary", "500", "--special", "<s>", "--special", "<t>", "--threads", "3");
        Assert.Equal((0, ""), (first.Code, first.Error));
        Assert.Equal((0, ""), (second.Code, second.Error));
        JsonElement report = JsonElement.Parse(first.Output);
        Assert.Equal((500, 2, 242), (report.GetProperty("vocabulary").GetInt32(), report.GetProperty("special_tokens").GetInt32(), report.GetProperty("merges").GetInt32()));
        Assert.Contains("500: 2 special, 242 merges", second.Output, StringComparison.Ordinal);
        foreach (string name in (string[])["tokenizer.json", "tokenizer_config.json"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(_temporary.Path, "a", name)), File.ReadAllBytes(Path.Combine(_temporary.Path, "b", name)));
        Assert.Equal(1, TokenizerLoader.Open(_temporary.File("a")).FindId("<t>"));
        Assert.Equal(["a", "b", "more.jsonl"], Directory.EnumerateFileSystemEntries(_temporary.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void HarmonyIsOneSwitch()
    {
        string lines = _temporary.File("chats.json");
        File.WriteAllText(lines, """
            [
              {"messages":[{"role":"user","content":"Hello"},{"role":"assistant","thinking":"Polite.","content":"Hello to you."}]},
              {"messages":[{"role":"user","content":"Hello again"},{"role":"assistant","content":"Hello."}]}
            ]
            """);
        PoiseProcess.Result result = Train([lines], "out", "--vocabulary", "2000", "--harmony", "--special", "<|mine|>");
        Assert.Equal(0, result.Code);
        Assert.Contains("of 2000", result.Error, StringComparison.Ordinal);
        Tokenizer tokenizer = TokenizerLoader.Open(_temporary.File("out"));
        Assert.Equal((7, 21), (tokenizer.FindId("<|channel|>"), tokenizer.FindId("<|mine|>")));
        Assert.Contains(14, tokenizer.StopIds);
        // The words of headers have been learned.
        Assert.Single(tokenizer.Encode("assistant"));
        PoiseProcess.Result twice = Train([lines], "other", "--vocabulary", "2000", "--harmony", "--special", "<|end|>");
        Assert.Equal(1, twice.Code);
        Assert.Contains("<|end|> is named twice", twice.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("small.txt", "text", "vocabulary of 255 is too small", "--vocabulary", "255")]
    [InlineData("empty.txt", "", "no text", "--vocabulary", "300")]
    [InlineData("empty.jsonl", "\n\n", "no text", "--vocabulary", "300")]
    [InlineData("latin.txt", "caf\u0080", "offset 3", "--vocabulary", "300")]
    [InlineData("ids.jsonl", "{\"input_ids\":[1,2]}", "line 1: these are ids", "--vocabulary", "300")]
    [InlineData("shape.jsonl", "{\"text\":\"a\"}\n{\"other\":\"b\"}", "line 2: \"text\" is missing", "--vocabulary", "300")]
    [InlineData("broken.jsonl", "{\"text\":\"a\"}\n{\"text\"", "line 2: not well-formed JSON", "--vocabulary", "300")]
    [InlineData("split.txt", "text", "\"other\" is not known", "--vocabulary", "300", "--split", "other")]
    public void WhatIsWrongIsToldOnce(string name, string content, string problem, params string[] options)
    {
        string path = _temporary.File(name);
        File.WriteAllText(path, content, Encoding.Latin1);
        PoiseProcess.Result result = Train([path], "out", options);
        Assert.Equal((1, ""), (result.Code, result.Output));
        Assert.Contains(problem, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Trim().Split('\n'));
        Assert.False(Path.Exists(_temporary.File("out")));
    }

    [Fact]
    public void FilesThatAreNotThereAndFoldersThatAreFullAreRefusedFirst()
    {
        Assert.Contains("does not exist", Train([_temporary.File("none.txt")], "out", "--vocabulary", "300").Error, StringComparison.Ordinal);
        string full = _temporary.File("full");
        Directory.CreateDirectory(full);
        File.WriteAllText(Path.Combine(full, "tokenizer.json"), "{}");
        Assert.Contains("name another folder", Train([_temporary.File("none.txt")], "full", "--vocabulary", "300").Error, StringComparison.Ordinal);
        Assert.Equal(2, PoiseProcess.Run("train-tokenizer", "x.txt", "--vocabulary", "300").Code);
        Assert.Equal(2, PoiseProcess.Run("train-tokenizer", "x.txt", "--out", full).Code);
    }

    PoiseProcess.Result Train(string[] files, string folder, params string[] options) =>
        PoiseProcess.Run(["train-tokenizer", .. files, "--out", _temporary.File(folder), .. options]);

    public void Dispose() => _temporary.Dispose();
}
