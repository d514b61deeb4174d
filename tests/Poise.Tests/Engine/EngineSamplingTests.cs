using Poise.Core.Engine;
using Poise.Core.Generation;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Engine;

/// <summary>What the engine samples of a trained model, against a loop by hand.</summary>
public sealed class EngineSamplingTests
{
    static readonly GenerationOptions s_options = new() { MaxTokens = 40, Temperature = 1, TopP = 0.95, TopK = 50, Seed = 5, RepetitionPenalty = 1.1, TopLogProbs = 2, StopAtEnd = false };

    [Fact]
    public async Task ItYieldsWhatALoopByHandChooses()
    {
        using ModelPackage package = ModelPackage.Open(Shared.Golden("models", "stories260K"));
        using Model model = package.Load(new LoadOptions { Threads = 2 });
        int[] prompt = package.Tokenizer.EncodePrompt("Once upon a time");
        await using var engine = new InferenceEngine(model);
        List<TokenChoice> choices = await CollectAsync(s_options);

        var sampler = new SequenceSampler(s_options, prompt, model.Config.VocabularySize);
        using Sequence sequence = model.CreateSequence(prompt.Length + s_options.MaxTokens);
        float[] logits = new float[model.Config.VocabularySize];
        ReadOnlyMemory<int> next = prompt;
        foreach (TokenChoice choice in choices)
        {
            model.Forward([new Segment(sequence, next)], logits);
            Assert.Equal(sequence.Length, sampler.Position);
            TokenChoice byHand = sampler.Next(logits);
            Assert.Equal((byHand.Id, byHand.LogProb), (choice.Id, choice.LogProb));
            Assert.Equal(byHand.Top, choice.Top);
            next = new[] { byHand.Id };
        }

        int[] ids = [.. choices.Select(c => c.Id)];
        Assert.Equal(s_options.MaxTokens, ids.Length);
        int stop = ids[20];
        // The token that ends an answer is the last of the stream.
        Assert.Equal(ids[..(Array.IndexOf(ids, stop) + 1)], (await CollectAsync(s_options with { StopIds = [stop] })).Select(choice => choice.Id));
        await Assert.ThrowsAsync<PoiseException>(() => CollectAsync(s_options with { TopP = 2 }));

        async Task<List<TokenChoice>> CollectAsync(GenerationOptions options)
        {
            var list = new List<TokenChoice>();
            await foreach (TokenChoice choice in engine.GenerateAsync(new GenerationRequest { Prompt = prompt, Options = options, StopIds = package.StopIds })) list.Add(choice);
            return list;
        }
    }
}
