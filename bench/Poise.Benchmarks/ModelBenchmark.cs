using System.Diagnostics;
using System.Globalization;
using Poise.Core.Library;
using Poise.Core.Models;

namespace Poise.Benchmarks;

/// <summary>
/// A whole model: load time, prompt and decode speed, peak memory, as one JSON line. Prompt ids and counts are those of the
/// script that measures llama.cpp, so that the two can be laid side by side.
/// </summary>
static class ModelBenchmark
{
    public static int Run(string path, string[] rest)
    {
        int prompt = Number(0, 256), decode = Number(1, 24), threads = Number(2, 2), rounds = Number(3, 3);
        var placement = rest.Length > 4 ? Enum.Parse<WeightPlacement>(rest[4] == "auto" ? "Automatic" : rest[4], ignoreCase: true) : WeightPlacement.Automatic;
        long started = Stopwatch.GetTimestamp();
        using ModelPackage package = ModelPackage.Open(path);
        TimeSpan opened = Stopwatch.GetElapsedTime(started);
        using Model model = package.Load(new LoadOptions { Threads = threads, Placement = placement });
        TimeSpan loaded = Stopwatch.GetElapsedTime(started);
        int vocabulary = Math.Min(50000, model.Config.VocabularySize - 300);
        float[] logits = new float[model.Config.VocabularySize];
        var read = new List<string>();
        var written = new List<string>();
        for (int round = 0; round < rounds; round++)
        {
            int[] tokens = [.. Enumerable.Range(0, prompt).Select(i => (i * 7919 + 13 * round) % vocabulary + 300)];
            using Sequence sequence = model.CreateSequence(Math.Min(model.Config.ContextLength, prompt + decode + 1));
            long t = Stopwatch.GetTimestamp();
            model.Forward([new Segment(sequence, tokens)], logits);
            read.Add(Rate(prompt, t));
            t = Stopwatch.GetTimestamp();
            int[] next = [Math.Min(1000, vocabulary)];
            for (int n = 0; n < decode; n++)
            {
                model.Forward([new Segment(sequence, next)], logits);
                int best = 0;
                for (int i = 1; i < logits.Length; i++)
                    if (logits[i] > logits[best]) best = i;
                next = [best];
            }

            written.Add(Rate(decode, t));
        }

        using var self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{{\"open_s\":{opened.TotalSeconds:0.000},\"load_s\":{loaded.TotalSeconds:0.00},\"prefill_tok_s\":[{string.Join(',', read)}],\"decode_tok_s\":[{string.Join(',', written)}],\"peak_memory_gib\":{self.PeakWorkingSet64 / (double)(1 << 30):0.00}}}"));
        return 0;

        int Number(int index, int standard) => rest.Length > index ? int.Parse(rest[index], CultureInfo.InvariantCulture) : standard;
    }

    static string Rate(int tokens, long since) => (tokens / Stopwatch.GetElapsedTime(since).TotalSeconds).ToString("0.00", CultureInfo.InvariantCulture);
}
