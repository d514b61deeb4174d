using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Poise.Cli.Training;
using Poise.Tests.Support;
using Poise.Tests.Training.Graph;

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
        Assert.Equal(0, first.Code);
        // Plain lines, without a bar that is rewritten: what it will take, and how far it is.
        Assert.Contains("1 steps, ", first.Error, StringComparison.Ordinal);
        Assert.Contains("memory about ", first.Error, StringComparison.Ordinal);
        Assert.Contains("step 1 of 1, loss ", first.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', first.Error);
        Assert.Equal(Path.Combine(folder, "adapter"), first.Output.Trim());
        byte[] adapter = File.ReadAllBytes(Path.Combine(folder, "adapter", "adapter_model.safetensors"));
        Assert.True(File.Exists(Path.Combine(folder, "transcript.jsonl")));
        Assert.Equal(0, PoiseProcess.Run("finetune", s_model, data, "--out", folder, "--threads", "1").Code);
        Assert.Equal(adapter, File.ReadAllBytes(Path.Combine(folder, "adapter", "adapter_model.safetensors")));
    }

    /// <summary>A run of the canonical implementations, from its first adapter to its last, by the command line alone.</summary>
    [Theory]
    [InlineData("lora-llama")]
    [InlineData("lora-llama-dora")]
    [InlineData("lora-gpt_oss")]
    [InlineData("lora-gpt_oss-mxfp4")]
    public void AGoldenRunComesOutLossByLossAndWeightByWeight(string name)
    {
        using TrainingGolden golden = TrainingGolden.Open(name);
        JsonElement json = golden.Json, optimizer = json.GetProperty("optimizer");
        string recipe = _temporary.File("recipe.yaml"), folder = _temporary.File("run");
        File.WriteAllText(recipe, string.Create(CultureInfo.InvariantCulture, $$"""
            model: {{Path.GetFileName(golden.Base)}}
            data: {train: [{{Path.Combine(golden.Folder, "data.jsonl").Replace('\\', '/')}}]}
            adapter: {kind: lora, r: 4}
            optimizer: {learning_rate: {{optimizer.GetProperty("lr").GetDouble()}}, weight_decay: {{optimizer.GetProperty("weight_decay").GetDouble()}}, max_gradient_norm: {{json.GetProperty("max_grad_norm").GetDouble()}}}
            run: {batch_size: {{json.GetProperty("micro_batch_size").GetInt32()}}, steps: {{json.GetProperty("steps").GetInt32()}}}

            """));
        PoiseProcess.Result result = PoiseProcess.Run("finetune", golden.Base, "--recipe", recipe, "--adapter", Path.Combine(golden.Folder, "initial"), "--order", "file", "--out", folder, "--json");
        Assert.Equal(0, result.Code);
        double[] losses = [.. Events(result.Output).Where(e => e.GetProperty("event").GetString() == "step").Select(e => e.GetProperty("loss").GetDouble())];
        JsonElement expected = json.GetProperty("losses");
        Assert.Equal(expected.GetArrayLength(), losses.Length);
        for (int i = 0; i < losses.Length; i++) Assert.Equal(expected[i].GetDouble(), losses[i], json.GetProperty("loss_tolerance").GetDouble());
        var before = new TinySafetensors(Path.Combine(golden.Folder, "initial", "adapter_model.safetensors"));
        var final = new TinySafetensors(Path.Combine(golden.Folder, "final", "adapter_model.safetensors"));
        var found = new TinySafetensors(Path.Combine(folder, "adapter", "adapter_model.safetensors"));
        Assert.Equal(final.Names.Order(StringComparer.Ordinal), found.Names.Order(StringComparer.Ordinal));
        foreach (string key in final.Names)
        {
            double Distance(float[] a, float[] b) => Math.Sqrt(a.Zip(b, (x, y) => ((double)x - y) * ((double)x - y)).Sum());
            float[] wanted = final.Floats(key);
            Assert.InRange(Distance(found.Floats(key), wanted) / Distance(wanted, before.Floats(key)), 0, json.GetProperty("tolerance").GetDouble());
        }
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
    public void EventsForPrograms()
    {
        string data = Data(20), folder = _temporary.File("run"), recipe = _temporary.File("recipe.yaml");
        File.WriteAllText(recipe, "model: gpt_oss_mxfp4\nmethod: full\ndata: {train: data.jsonl, evaluation_share: 0.2}\noptimizer: {learning_rate: 1e-3}\nrun: {batch_size: 4, evaluate_every: 2}\n");
        PoiseProcess.Result result = PoiseProcess.Run("finetune", s_model, "--recipe", recipe, "--out", folder, "--json");
        Assert.Equal((0, ""), (result.Code, result.Error));
        JsonElement[] events = Events(result.Output);
        Assert.Equal(["forecast", "note", "step", "step", "step", "step", "end"], events.Select(e => e.GetProperty("event").GetString()));
        Assert.Equal(4, events[0].GetProperty("steps").GetInt32());
        Assert.True(events[0].GetProperty("memory_bytes").GetInt64() > 1_000_000 && events[0].GetProperty("seconds").GetDouble() > 0);
        Assert.Equal([2, 4], events.Where(e => e.TryGetProperty("evaluation_loss", out _)).Select(e => e.GetProperty("step").GetInt32()));
        Assert.Equal(Path.Combine(folder, "model"), events[^1].GetProperty("path").GetString());
        PoiseProcess.Result shown = PoiseProcess.Run("show", Path.Combine(folder, "model"));
        Assert.Equal((0, ""), (shown.Code, shown.Error));
        Assert.Equal(data, Path.Combine(_temporary.Path, "data.jsonl"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ADryRunForeseesAndTrainsNothing(bool json)
    {
        string folder = _temporary.File("run");
        PoiseProcess.Result result = PoiseProcess.Run(["finetune", s_model, Data(20), "--out", folder, "--dry-run", "--show", "0", .. json ? ["--json"] : Array.Empty<string>()]);
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.False(Directory.Exists(folder));
        if (json)
        {
            JsonElement forecast = Assert.Single(Events(result.Output));
            Assert.Equal(20, forecast.GetProperty("samples").GetInt32());
            Assert.Equal(forecast.GetProperty("memory_bytes").GetInt64(), forecast.GetProperty("memory_parts").EnumerateObject().Sum(p => p.Value.GetInt64()));
        }
        else Assert.All((string[])["trains:", "memory:", "time:", "checkpoint:", "weights of the model:"], name => Assert.Contains(name, result.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void ARecipeOfAnotherModelIsRefused()
    {
        string recipe = _temporary.File("recipe.yaml"), folder = _temporary.File("run");
        File.WriteAllText(recipe, "model: openai/gpt-oss-20b\ndata: {train: data.jsonl}\nadapter: {r: 2}\noptimizer: {learning_rate: 1e-3}\n");
        Data(3);
        PoiseProcess.Result result = PoiseProcess.Run("finetune", s_model, "--recipe", recipe, "--out", folder);
        Assert.Equal(1, result.Code);
        Assert.Contains("is for the model 'openai/gpt-oss-20b'", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    [Theory]
    [InlineData("openai/gpt-oss-20b", "/models/gpt-oss-20b", true)]
    [InlineData("gpt-oss-20b", "/models/GPT-OSS-20b-bf16/", true)]
    [InlineData("openai/gpt-oss-20b", "/hub/models--openai--gpt-oss-20b/snapshots/abc", true)]
    [InlineData("../base", "/models/base", true)]
    [InlineData("gpt-oss-120b", "/models/gpt-oss-20b", false)]
    [InlineData("llama", "/models/gpt2", false)]
    public void ARecipesModelIsFoundInThePath(string named, string model, bool fits)
    {
        Exception? error = Record.Exception(() => RecipeModel.Check(named, model, "/models/recipes/r.yaml"));
        Assert.Equal(fits, error is null);
    }

    [Fact]
    public async Task CtrlCSavesAndTheSameCommandGoesOn()
    {
        if (OperatingSystem.IsLinux() && RunTests.InterruptsAreIgnored()) Assert.Skip("this shell started the tests with interrupts ignored, and children inherit that");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals of Unix");
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        string recipe = _temporary.File("recipe.yaml"), folder = _temporary.File("run");
        Data(20);
        File.WriteAllText(recipe, "model: gpt_oss_mxfp4\ndata: {train: data.jsonl}\nadapter: {r: 2}\noptimizer: {learning_rate: 1e-3}\nrun: {steps: 5000, batch_size: 4, checkpoint_every: 4000}\n");
        string[] command = ["finetune", s_model, "--recipe", recipe, "--out", folder, "--json", "--threads", "1"];
        using Process process = PoiseProcess.Start(command);
        for (int line = 0; line < 4; line++) Assert.NotNull(await process.StandardOutput.ReadLineAsync(cancellation));
        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync(cancellation);
        string rest = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        Assert.Equal(130, process.ExitCode);
        Assert.Equal("interrupted", Events(rest)[^1].GetProperty("state").GetString());
        Assert.False(Directory.Exists(Path.Combine(folder, "adapter")));
        string checkpoint = Assert.Single(Directory.GetDirectories(Path.Combine(folder, "checkpoints")));
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("1e-3", "1e-4", StringComparison.Ordinal));
        Assert.Contains("another recipe", PoiseProcess.Run(command).Error, StringComparison.Ordinal);
        Assert.True(Directory.Exists(checkpoint));
    }

    string Data(int lines)
    {
        string data = _temporary.File("data.jsonl");
        File.WriteAllLines(data, Enumerable.Range(0, lines).Select(i => $"{{\"input_ids\":[1,{i + 2},{i + 5},{i + 8}],\"labels\":[-100,-100,{i + 5},{i + 8}]}}"));
        return data;
    }

    static JsonElement[] Events(string output) => [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    })];

    [Fact]
    public void NoDataIsMisuse() => Assert.Equal(2, PoiseProcess.Run("finetune", s_model).Code);

    public void Dispose() => _temporary.Dispose();
}
