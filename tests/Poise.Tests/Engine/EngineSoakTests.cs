using System.Diagnostics;
using Poise.Core.Engine;
using Poise.Core.Generation;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tests.Support;

namespace Poise.Tests.Engine;

/// <summary>
/// Thousands of sequences of random lengths, many with the same beginnings, many cancelled at a random moment: in the end
/// every page is free, the budget was never exceeded, and the process is no larger than after the first hundreds.
/// POISE_SOAK_SEQUENCES sets another number.
/// </summary>
// Alone: it looks at the memory of the process, which other tests would move.
[Collection(nameof(EngineSoakTests))]
[CollectionDefinition(nameof(EngineSoakTests), DisableParallelization = true)]
public class EngineSoakTests(ITestOutputHelper output)
{
    [Fact]
    public async Task ManySequences()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("POISE_SOAK_SEQUENCES"), out int asked) ? asked : 3000;
        using ModelPackage package = ModelPackage.Open(Shared.Golden("models", "gpt-oss-mxfp4"));
        using Model model = package.Load(new LoadOptions { Threads = 1 });
        var options = new EngineOptions { CacheBytes = 6 << 20, MaxSequences = 24, PromptChunk = 48, DraftTokens = 7 };
        int completed = 0, cancelled = 0, reused = 0;
        long tokens = 0, early = 0, drafted = 0, accepted = 0;
        var time = Stopwatch.StartNew();
        await using (var engine = new InferenceEngine(model, options))
        {
            var random = new Random(5);
            var open = new List<Task>();
            for (int n = 0; n < count; n++)
            {
                int[] prompt = Prompt(random);
                int most = random.Next(1, 40), stop = random.Next(3) == 0 ? random.Next(0, most) : int.MaxValue;
                open.Add(Run(engine, prompt, most, stop, byToken: random.Next(2) == 0, repeats: random.Next(3) == 0));
                if (open.Count < 60) continue;
                open.Remove(await Task.WhenAny(open));
                Assert.True(engine.Status.CacheBytes <= options.CacheBytes, $"{engine.Status}");
                if (n == count / 4) early = Resident();
            }

            await Task.WhenAll(open);
            output.WriteLine($"{engine.Status}");
            engine.ClearPrefixes();
            for (int i = 0; i < 200 && engine.Status is not { Running: 0, PrefixPages: 0 }; i++) await Task.Delay(10);
            EngineStatus status = engine.Status;
            Assert.Equal((0, 0, 0), (status.Running, status.Waiting, status.PrefixPages));
            Assert.Equal(status.Pages, status.FreePages);
            Assert.True(status.Pages > 0);
        }

        long late = Resident();
        output.WriteLine($"{count} sequences in {time.Elapsed.TotalSeconds:0.0} s: {completed} completed, {cancelled} cancelled, {tokens} tokens, {reused} began with a prefix, {accepted} of {drafted} drafted tokens accepted; resident {early >> 20} MiB after a quarter, {late >> 20} MiB at the end");
        Assert.Equal(count, completed + cancelled);
        Assert.True(cancelled > count / 10 && reused > count / 10);
        Assert.True(accepted > count / 50 && drafted > accepted, $"{accepted} of {drafted} drafted tokens accepted");
        Assert.True(late < early + (64 << 20), "memory grows");

        async Task Run(InferenceEngine engine, int[] prompt, int most, int stop, bool byToken, bool repeats)
        {
            using var source = new CancellationTokenSource();
            var request = new GenerationRequest { Prompt = prompt, Options = new GenerationOptions { MaxTokens = most, Temperature = 1, Seed = (ulong)most, Mask = repeats ? () => new LoopMask([1, 2, 3, 4, 5, 6], 9) : null } };
            EngineSequence sequence = engine.Start(request, source.Token);
            int got = 0;
            if (stop == 0) sequence.Cancel();
            try
            {
                await foreach (TokenChoice _ in sequence)
                {
                    got++;
                    if (got != stop) continue;
                    if (!byToken) break;
                    source.Cancel();
                }
            }
            catch (OperationCanceledException) when (source.IsCancellationRequested)
            {
                // The token went to the reader too.
            }

            await sequence.Ended;
            Assert.NotEqual(FinishReason.Failed, sequence.Finish);
            if (sequence.Finish == FinishReason.Cancelled) Interlocked.Increment(ref cancelled);
            else Interlocked.Increment(ref completed);
            Interlocked.Add(ref tokens, sequence.Statistics.GeneratedTokens);
            Interlocked.Add(ref drafted, sequence.Statistics.DraftedTokens);
            Interlocked.Add(ref accepted, sequence.Statistics.AcceptedTokens);
            if (sequence.Statistics.ReusedTokens > 0) Interlocked.Increment(ref reused);
        }
    }

    // A handful of beginnings, cut anywhere, and a tail of its own.
    static int[] Prompt(Random random)
    {
        var shared = new Random(random.Next(8));
        int[] prompt = new int[random.Next(1, 200)];
        int own = random.Next(prompt.Length);
        for (int i = 0; i < prompt.Length; i++) prompt[i] = (i < own ? shared : random).Next(512);
        return prompt;
    }

    static long Resident()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
