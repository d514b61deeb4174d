using System.Diagnostics;
using System.Text;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tests.Support;

namespace Poise.Tests.Formats;

/// <summary>Damaged files are refused with a clear error or opened correctly; nothing is read outside of them. The sequence is the same in every run.</summary>
public class FuzzTests(ITestOutputHelper output)
{
    const int Mutants = 300_000;
    const long LargestAllocation = 64 << 20;
    static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    /// <summary>Files that are opened together, the first of them by name.</summary>
    sealed record Seed(string Kind, (string Name, byte[] Bytes)[] Files);

    [Fact]
    public void DamagedFilesAreRefusedOrReadCorrectly()
    {
        Seed[][] seeds = [.. MakeSeeds().GroupBy(seed => seed.Kind).Select(kind => kind.ToArray())];
        var random = new Random(20_261_121);
        var mutator = new Mutator(random);
        var opened = new SortedDictionary<string, int>();
        var refused = new SortedDictionary<string, int>();
        long largestAllocation = 0;
        int mutants = 0;
        using var arena = new GuardedArena();
        Stopwatch watch = Stopwatch.StartNew();
        for (; mutants < Mutants && watch.Elapsed < s_longest; mutants++)
        {
            Seed[] kind = seeds[random.Next(seeds.Length)];
            Seed seed = kind[random.Next(kind.Length)];
            var files = ((string Name, byte[] Bytes)[])seed.Files.Clone();
            byte[] other = kind[random.Next(kind.Length)].Files[0].Bytes;
            ref (string Name, byte[] Bytes) victim = ref files[random.Next(files.Length)];
            victim.Bytes = mutator.Mutate(victim.Bytes, other, seed.Kind != "gguf" && seed.Kind != "split", GuardedArena.SlotBytes);
            bool atEnd = random.Next(4) != 0;
            try
            {
                (bool isOpened, long allocated) = TryOpen(seed.Kind, files, arena, atEnd);
                largestAllocation = Math.Max(largestAllocation, allocated);
                Assert.InRange(allocated, 0, LargestAllocation);
                SortedDictionary<string, int> counts = isOpened ? opened : refused;
                counts[seed.Kind] = counts.GetValueOrDefault(seed.Kind) + 1;
            }
            catch (Exception e)
            {
                Assert.Fail($"mutant {mutants} of {seed.Kind} {victim.Name}: {e}\n{Convert.ToBase64String(victim.Bytes)}");
            }
        }
        output.WriteLine($"{mutants} mutants of {seeds.Sum(kind => kind.Length)} seeds in {watch.Elapsed.TotalSeconds:F1} s; " +
            $"opened: {Show(opened)}; refused: {Show(refused)}; largest allocation {largestAllocation} bytes; guard pages: {GuardedArena.IsGuarded}");
        Assert.All(["gguf", "split", "safetensors", "index"], kind => Assert.True(opened[kind] > 0 && refused[kind] > 0));
    }

    static string Show(SortedDictionary<string, int> counts) => string.Join(", ", counts.Select(c => $"{c.Key} {c.Value}"));

    static (bool Opened, long Allocated) TryOpen(string kind, (string Name, byte[] Bytes)[] files, GuardedArena arena, bool atEnd)
    {
        arena.Clear();
        ByteSource Open(string path)
        {
            foreach ((string name, byte[] bytes) in files)
                if (name == Path.GetFileName(path)) return arena.Place(path, bytes, atEnd);
            throw new PoiseException($"{path} does not exist.");
        }
        ByteSource first = Open("fuzz/" + files[0].Name);
        string[] names = [.. files.Select(f => f.Name)];
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using Checkpoint checkpoint = kind switch
            {
                "gguf" or "split" => GgufFile.Open(first, Open),
                "safetensors" => SafetensorsFile.Open(first),
                _ => SafetensorsFolder.OpenIndex("fuzz", first, names, Open),
            };
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Reading.SumAll(checkpoint);
            Assert.True(checkpoint.Tensors.Sum(t => t.ByteLength) <= files.Sum(f => (long)f.Bytes.Length), "tensors overlap");
            return (true, allocated);
        }
        catch (PoiseException e)
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(names.Any(name => e.Message.Contains(name, StringComparison.Ordinal)), "the message names no file: " + e.Message);
            return (false, allocated);
        }
    }

    static List<Seed> MakeSeeds()
    {
        var seeds = new List<Seed>();
        foreach (string path in Directory.EnumerateFiles(Shared.Golden("malformed"), "ok-*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            seeds.Add(new(Path.GetExtension(path)[1..], [(Path.GetFileName(path), File.ReadAllBytes(path))]));
        foreach (string folder in Directory.EnumerateDirectories(Shared.Golden("malformed", "safetensors"), "ok-*").Order(StringComparer.Ordinal))
            AddSeveral("index", Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).OrderBy(path => path.EndsWith(".json", StringComparison.Ordinal) ? 0 : 1));

        using var temporary = new TemporaryFolder();
        AddSeveral("split", SampleFiles.Gguf().WriteSplit(temporary.File("part"), 500));
        SampleFiles.Gguf().Write(temporary.File("sample.gguf"));
        AddSeveral("gguf", [temporary.File("sample.gguf")]);
        SampleFiles.Safetensors().Write(temporary.File("sample.safetensors"));
        AddSeveral("safetensors", [temporary.File("sample.safetensors")]);
        string index = """{"weight_map": {"common": "m-00000-TP-common.safetensors", "expert": "m-00001-TP-001.safetensors"}}""";
        (string, byte[]) Piece(string name, string tensor)
        {
            var writer = new SafetensorsWriter();
            writer.AddTensor(tensor, TensorType.F32, [2, 2], stream => stream.Write(new byte[16]));
            writer.Write(temporary.File(name));
            return (name, File.ReadAllBytes(temporary.File(name)));
        }
        seeds.Add(new("index", [(SafetensorsFolder.IndexName, Encoding.UTF8.GetBytes(index)), Piece("m-00000-TP-common.safetensors", "common"),
            Piece("m-00001-TP-000.safetensors", "expert"), Piece("m-00001-TP-001.safetensors", "expert")]));
        return seeds;

        void AddSeveral(string kind, IEnumerable<string> paths) =>
            seeds.Add(new(kind, [.. paths.Select(path => (Path.GetFileName(path), File.ReadAllBytes(path)))]));
    }
}
