using System.Text.Json;
using Poise.Core.Adapters;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Tests.Adapters;

/// <summary>Configurations and whole adapters that must be read, refused with the field or tensor named, or honoured if not refused.</summary>
public class VerdictTests(ITestOutputHelper output)
{
    [Fact]
    public void EveryConfigurationHasItsVerdict() => CheckConfigs(GoldenAdapters.Shared);

    [Fact]
    public void TheProjectsConfigurationsHaveTheirVerdicts() => CheckConfigs(GoldenAdapters.Own);

    [Fact]
    public void EveryFileHasItsVerdict() => CheckFiles(GoldenAdapters.Shared);

    [Fact]
    public void TheProjectsFilesHaveTheirVerdicts() => CheckFiles(GoldenAdapters.Own);

    void CheckConfigs(string root)
    {
        var wrong = new List<string>();
        foreach (JsonElement entry in GoldenAdapters.Json(Path.Combine(root, "verdicts.json")).GetProperty("configs").EnumerateArray())
        {
            string file = entry.GetProperty("file").GetString()!;
            Judge(entry, file, wrong, () => AdapterConfig.Read(GoldenAdapters.BaseOf(root, file)));
        }

        Assert.Empty(wrong);
    }

    void CheckFiles(string root)
    {
        var wrong = new List<string>();
        foreach (JsonElement entry in GoldenAdapters.Json(Path.Combine(root, "verdicts.json")).GetProperty("adapters").EnumerateArray())
        {
            string folder = entry.GetProperty("folder").GetString()!;
            (Checkpoint checkpoint, BaseFiles files) = GoldenAdapters.OpenBase(GoldenAdapters.BaseOf(root, entry.GetProperty("base").GetString()!));
            using (checkpoint)
                Judge(entry, folder, wrong, () => AdapterFile.Read(GoldenAdapters.BaseOf(root, folder), files.Base).Dispose());
        }

        Assert.Empty(wrong);
    }

    void Judge(JsonElement entry, string name, List<string> wrong, Action read)
    {
        string verdict = entry.GetProperty("verdict").GetString()!;
        PoiseException? refusal = null;
        try
        {
            read();
        }
        catch (PoiseException e)
        {
            refusal = e;
        }

        output.WriteLine($"{name}: {verdict}: {refusal?.Message ?? "read"}");
        if (refusal is null ? verdict == "refuse" : verdict == "accept") wrong.Add($"{name}: {verdict}, {refusal?.Message ?? "read"}");
    }
}
