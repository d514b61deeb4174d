using System.Text;
using Poise.Core.Tokenizers;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Tokenizers;

/// <summary>Seeded mutations of tokenizer files end in a <see cref="PoiseException"/> or in a tokenizer that works, with little memory.</summary>
public class HostileTokenizerTests(ITestOutputHelper output)
{
    const long MostBytes = 64 << 20;

    [Theory]
    [InlineData("tokenizer.model", 2000)]
    [InlineData("tiny.tiktoken", 2000)]
    [InlineData("tokenizer.bin", 2000)]
    [InlineData("vocab.json", 1000)]
    [InlineData("merges.txt", 1000)]
    public void MutatedFilesAreRefusedOrWork(string mutated, int rounds)
    {
        string folder = Directory.CreateTempSubdirectory("poise-hostile").FullName;
        try
        {
            string gpt2 = Shared.Golden("models", "gpt2");
            byte[] original = mutated switch
            {
                "tokenizer.model" => File.ReadAllBytes(Shared.Golden("models", "llama2", mutated)),
                "tiny.tiktoken" => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 256).Select(b => $"{Convert.ToBase64String([(byte)b])} {b}\n")) + "YWI= 256\nYWJj 257\n"),
                "tokenizer.bin" => Llama2c(),
                _ => File.ReadAllBytes(Path.Combine(gpt2, mutated)),
            };
            string file = Path.Combine(folder, mutated), opened = mutated == "merges.txt" ? Path.Combine(folder, "vocab.json") : file;
            if (mutated == "vocab.json") File.Copy(Path.Combine(gpt2, "merges.txt"), Path.Combine(folder, "merges.txt"));
            if (mutated == "merges.txt") File.Copy(Path.Combine(gpt2, "vocab.json"), opened);
            var random = new Random(17);
            int refused = 0;
            long most = 0;
            for (int round = 0; round < rounds; round++)
            {
                File.WriteAllBytes(file, Mutate(original, random));
                long before = GC.GetAllocatedBytesForCurrentThread();
                if (!Works(() => TokenizerLoader.Open(opened, mutated == "tiny.tiktoken" ? "r50k_base" : null))) refused++;
                most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
            }
            output.WriteLine($"{mutated}: {refused} of {rounds} refused, at most {most / 1e6:F1} MB");
            Assert.InRange(most, 0, MostBytes);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("t5")]
    [InlineData("bert")]
    [InlineData("gemma4")]
    public void MutatedMetadataIsRefusedOrWorks(string model)
    {
        const string Prefix = "tokenizer.ggml.";
        string[] tokens = ["<unk>", "<s>", "</s>", "h", "e", "he", "▁", "##e", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>")];
        var random = new Random(23);
        int refused = 0;
        long most = 0;
        for (int round = 0; round < 1000; round++)
        {
            string[] spelled = [.. tokens];
            int[] types = [.. tokens.Select((_, id) => id == 0 ? 2 : id < 3 ? 3 : id < 8 ? 1 : 6)];
            float[] scores = [.. tokens.Select((_, id) => (float)-id)];
            var values = new Dictionary<string, object>
            {
                ["model"] = model, ["tokens"] = spelled, ["token_type"] = types, ["scores"] = scores, ["merges"] = (string[])["h e"],
                ["pre"] = "gpt-2", ["bos_token_id"] = 1UL, ["eos_token_id"] = 2UL, ["unknown_token_id"] = 0UL, ["add_bos_token"] = true,
            };
            for (int changes = random.Next(0, 4); changes > 0; changes--)
            {
                int at = random.Next(tokens.Length);
                switch (random.Next(6))
                {
                    case 0: spelled[at] = random.Next(3) switch { 0 => "", 1 => spelled[random.Next(tokens.Length)], _ => "\uFFFD\0 x" }; break;
                    case 1: types[at] = random.Next(-2, 9); break;
                    case 2: scores[at] = random.Next(2) == 0 ? float.NaN : float.MaxValue; break;
                    case 3: values.Remove(values.Keys.ElementAt(random.Next(values.Count))); break;
                    default: values[values.Keys.ElementAt(random.Next(values.Count))] = random.Next(5) switch { 0 => ulong.MaxValue, 1 => "x", 2 => Array.Empty<string>(), 3 => -1L, _ => new float[3] }; break;
                }
            }
            long before = GC.GetAllocatedBytesForCurrentThread();
            if (!Works(() => TokenizerLoader.FromGguf(new Poise.Tensors.Formats.GgufMetadata("x.gguf", [.. values.Select(v => new KeyValuePair<string, object>(Prefix + v.Key, v.Value))])))) refused++;
            most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        output.WriteLine($"{model}: {refused} of 1000 refused, at most {most / 1e6:F1} MB");
        Assert.InRange(most, 0, MostBytes);
        Assert.InRange(refused, 1, 1000);
    }

    static bool Works(Func<Tokenizer> open)
    {
        Tokenizer tokenizer;
        try
        {
            tokenizer = open();
        }
        catch (PoiseException)
        {
            return false;
        }
        int[] ids = tokenizer.Encode("Hello wörld  it's 12\n😀");
        Assert.NotNull(tokenizer.Decode(ids));
        Assert.NotNull(tokenizer.Decode([0, 5, int.MaxValue, -1]));
        return true;
    }

    static byte[] Mutate(byte[] original, Random random)
    {
        byte[] bytes = [.. original];
        for (int changes = random.Next(1, 5); changes > 0; changes--)
        {
            int at = random.Next(bytes.Length);
            switch (random.Next(4))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.AsSpan(at, Math.Min(random.Next(9), bytes.Length - at)).Fill((byte)(random.Next(2) * 255)); break;
                default: bytes = random.Next(4) == 0 ? [.. bytes[..(at + 1)]] : [.. bytes[..at], .. bytes[Math.Max(0, at - random.Next(12))..]]; break;
            }
        }
        return bytes;
    }

    static byte[] Llama2c()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(8);
        string[] pieces = ["<unk>", "\n<s>\n", "\n</s>\n", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"), " ", "h", "e", "l", "o", " h", "el"];
        for (int id = 0; id < pieces.Length; id++)
        {
            writer.Write((float)-id);
            writer.Write(pieces[id].Length);
            writer.Write(Encoding.ASCII.GetBytes(pieces[id]));
        }
        return stream.ToArray();
    }
}
