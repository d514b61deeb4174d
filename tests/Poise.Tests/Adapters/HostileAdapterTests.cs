using Poise.Core.Adapters;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Adapters;

/// <summary>Adapters come from strangers: whatever a file holds, it is read or refused, and nothing else happens.</summary>
public class HostileAdapterTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("files/none-wrong", "llama")]
    [InlineData("llama-dora", "llama")]
    [InlineData("gpt_oss_mxfp4-experts", "gpt_oss_mxfp4")]
    public void MutatedAdaptersAreReadOrRefused(string adapter, string baseName)
    {
        string source = GoldenAdapters.BaseOf(GoldenAdapters.Own, adapter);
        byte[] config = File.ReadAllBytes(Path.Combine(source, AdapterConfig.FileName)), tensors = File.ReadAllBytes(Path.Combine(source, "adapter_model.safetensors"));
        (Checkpoint checkpoint, BaseFiles files) = GoldenAdapters.OpenBase(Path.Combine(GoldenAdapters.Own, "bases", baseName));
        using Checkpoint opened = checkpoint;
        using var folder = new TemporaryFolder();
        var random = new Random(11);
        int header = 8 + BitConverter.ToInt32(tensors), refused = 0;
        for (int round = 0; round < 300; round++)
        {
            byte[] one = [.. config], two = [.. tensors];
            if (round % 2 == 0) Mutate(one, one.Length);
            else Mutate(two, header);
            File.WriteAllBytes(folder.File(AdapterConfig.FileName), one);
            File.WriteAllBytes(folder.File("adapter_model.safetensors"), two);
            try
            {
                AdapterFile.Read(folder.Path, files.Base).Dispose();
            }
            catch (PoiseException)
            {
                refused++;
            }
        }

        output.WriteLine($"{refused} of 300 refused");
        Assert.True(refused > 100);

        void Mutate(byte[] bytes, int length)
        {
            const string Alphabet = "0123456789[]{}\",:.-_aeft ";
            for (int n = random.Next(1, 4); n > 0; n--) bytes[random.Next(length)] = random.Next(4) == 0 ? (byte)random.Next(256) : (byte)Alphabet[random.Next(Alphabet.Length)];
        }
    }

    [Theory]
    [InlineData("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")]
    [InlineData("(.*.*)*x", "model.layers.0.self_attn.q_proj.model.layers.0.self_attn.q_proj")]
    public void APatternThatNeverEndsIsRefused(string pattern, string name) =>
        Assert.Contains("takes too long", Assert.Throws<PoiseException>(() => Patterns.MatchesEnd(pattern, name)).Message);

    [Fact]
    public void PicklesAreRefused()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(GoldenAdapters.Own, "llama-dora", AdapterConfig.FileName), folder.File(AdapterConfig.FileName));
        File.WriteAllText(folder.File("adapter_model.bin"), "");
        (Checkpoint checkpoint, BaseFiles files) = GoldenAdapters.OpenBase(Path.Combine(GoldenAdapters.Own, "bases", "llama"));
        using (checkpoint) Assert.Contains("pickle", Assert.Throws<PoiseException>(() => AdapterFile.Read(folder.Path, files.Base)).Message);
    }
}
