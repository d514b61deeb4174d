using Poise.Core.Engine;
using Poise.Core.Generation;
using Poise.Core.Models;

namespace Poise.Cli.Measuring;

/// <summary>The rounds of one measurement, through an engine of its own as answers take it.</summary>
sealed class MeasuringEngine : IAsyncDisposable
{
    readonly Measurement _measurement;
    readonly RandomPrompts _source;
    readonly InferenceEngine _engine;
    int[][] _prompts;

    readonly double _temperature;
    ulong _round;

    public MeasuringEngine(Model model, Measurement measurement, RandomPrompts source, double temperature = 0)
    {
        _temperature = temperature;
        _measurement = measurement;
        _source = source;
        _engine = new InferenceEngine(model, new EngineOptions
        {
            CacheBytes = EngineOptions.CacheBytesFor(model, measurement.Context, measurement.Batch),
            MaxSequences = measurement.Batch,
            ContextLength = measurement.Context,
            // A prompt that is measured must be computed. One that only lies before the measured steps is computed once, and kept for all rounds.
            ReusePrefixes = measurement.IsDecode,
            // A step is what is measured: one token of each sequence, whatever the tokens are.
            DraftTokens = 0,
            PromptChunkBesideAnswers = 256,
        });
        _prompts = Draw();
    }

    /// <summary>Whether <see cref="FillAsync"/> has something to do.</summary>
    public bool NeedsFilling => _measurement is { IsDecode: true, Depth: > 0 };

    /// <summary>Reads what lies before the measured steps.</summary>
    /// <param name="progress">Called on the engine's thread with the tokens read so far, of all sequences.</param>
    public async Task FillAsync(Action<long>? progress, CancellationToken cancellation)
    {
        for (int i = 0; i < _prompts.Length; i++)
        {
            long before = (long)i * _measurement.PromptTokens;
            var request = new GenerationRequest
            {
                Prompt = _prompts[i],
                Options = Options(1, 0),
                PromptProgress = progress is null ? null : read => progress(before + read),
            };
            await DrainAsync(_engine.Start(request, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>One round.</summary>
    public async Task<StepClock> RunAsync(CancellationToken cancellation)
    {
        if (!_measurement.IsDecode) _prompts = Draw();
        var sequences = new EngineSequence?[_prompts.Length];
        // The engine's thread waits in its first step until all of the round have arrived: a batch begins as one.
        using var arrived = new ManualResetEventSlim();
        var clock = new StepClock(_prompts.Length, _measurement.IsDecode ? _measurement.Tokens : 0, () =>
        {
            foreach (EngineSequence? sequence in sequences) sequence!.Cancel();
        });
        try
        {
            for (int i = 0; i < sequences.Length; i++)
            {
                int index = i;
                sequences[i] = _engine.Start(new GenerationRequest
                {
                    Prompt = _prompts[i],
                    Options = Options(_measurement.NewTokens, _round++),
                    PromptProgress = _ => arrived.Wait(CancellationToken.None),
                    Logits = _ => clock.Computed(index),
                }, cancellation);
            }
        }
        finally
        {
            arrived.Set();
        }

        await Task.WhenAll(sequences.Select(sequence => DrainAsync(sequence!)));
        cancellation.ThrowIfCancellationRequested();
        if (!clock.IsDone) throw new InvalidOperationException($"the sequences of '{_measurement.Label}' did not run together");
        return clock;
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    int[][] Draw() => [.. Enumerable.Range(0, _measurement.Batch).Select(_ => _source.Next(_measurement.PromptTokens))];

    GenerationOptions Options(int tokens, ulong seed) => new() { MaxTokens = tokens, StopAtEnd = false, Temperature = _temperature, Seed = seed };

    // Reading is what brings an error to light.
    static async Task DrainAsync(EngineSequence sequence)
    {
        await foreach (TokenChoice _ in sequence)
        {
        }
    }
}
