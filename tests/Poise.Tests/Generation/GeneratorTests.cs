using Poise.Core.Generation;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Generation;

/// <summary>The generator over a trained model, against a loop by hand.</summary>
public sealed class GeneratorTests
{
    static readonly GenerationOptions s_options = new() { MaxTokens = 40, Temperature = 1, TopP = 0.95, TopK = 50, Seed = 5, RepetitionPenalty = 1.1, TopLogProbs = 2, StopAtEnd = false };

    [Fact]
    public async Task ItYieldsWhatALoopByHandChooses()
    {
        using ModelPackage package = ModelPackage.Open(Shared.Golden("models", "stories260K"));
        using Model model = package.Load(new LoadOptions { Threads = 2 });
        int[] prompt = package.Tokenizer.EncodePrompt("Once upon a time");
        List<TokenChoice> choices = await CollectAsync(Generator.GenerateChoicesAsync(model, prompt, package.StopIds, s_options));

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
        Assert.Equal(ids, await CollectAsync(Generator.GenerateAsync(model, prompt, package.StopIds, s_options)));

        int stop = ids[20];
        Assert.Equal(ids[..Array.IndexOf(ids, stop)], await CollectAsync(Generator.GenerateAsync(model, prompt, package.StopIds, s_options with { StopIds = [stop] })));
        await Assert.ThrowsAsync<PoiseException>(() => CollectAsync(Generator.GenerateAsync(model, prompt, [], s_options with { TopP = 2 })));
    }

    static async Task<List<T>> CollectAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (T item in items) list.Add(item);
        return list;
    }
}
