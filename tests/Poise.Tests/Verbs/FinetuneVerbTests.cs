using Poise.Tests.Support;

namespace Poise.Tests.Verbs;

/// <summary>`poise finetune` as a process.</summary>
public sealed class FinetuneVerbTests : IDisposable
{
    static readonly string s_model = Shared.Golden("training", "bases", "gpt_oss_mxfp4");

    readonly TemporaryFolder _temporary = new();

    [Fact]
    public void AnAdapterComesOutAndTheSameCommandGoesOn()
    {
        string data = _temporary.File("data.jsonl"), folder = _temporary.File("run");
        File.WriteAllLines(data, Enumerable.Range(0, 6).Select(i => $"{{\"input_ids\":[1,{i + 2},{i + 5},{i + 8}],\"labels\":[-100,-100,{i + 5},{i + 8}]}}"));
        PoiseProcess.Result first = PoiseProcess.Run("finetune", s_model, data, "--out", folder, "--threads", "2");
        Assert.Equal((0, ""), (first.Code, first.Error));
        Assert.Equal(Path.Combine(folder, "adapter"), first.Output.Trim());
        byte[] adapter = File.ReadAllBytes(Path.Combine(folder, "adapter", "adapter_model.safetensors"));
        Assert.True(File.Exists(Path.Combine(folder, "transcript.jsonl")));
        Assert.Equal(0, PoiseProcess.Run("finetune", s_model, data, "--out", folder, "--threads", "1").Code);
        Assert.Equal(adapter, File.ReadAllBytes(Path.Combine(folder, "adapter", "adapter_model.safetensors")));
    }

    [Fact]
    public void BadLinesAreToldBeforeAnyWork()
    {
        string data = _temporary.File("data.jsonl"), folder = _temporary.File("run");
        File.WriteAllLines(data, ["{\"input_ids\":[1,2,3]}", "{\"input_ids\":[1,2,9999]}", "not json"]);
        PoiseProcess.Result result = PoiseProcess.Run("finetune", s_model, data, "--out", folder);
        Assert.Equal(1, result.Code);
        Assert.Contains("line 2", result.Error, StringComparison.Ordinal);
        Assert.Contains("line 3", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void NoDataIsMisuse() => Assert.Equal(2, PoiseProcess.Run("finetune", s_model).Code);

    public void Dispose() => _temporary.Dispose();
}
