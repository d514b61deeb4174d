using Microsoft.Extensions.AI;
using Poise.Core.Client;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Client;

/// <summary>Embeddings are the pooled states after the final norm, of length 1, equal however the text is cut into passes.</summary>
public sealed class EmbeddingTests(TinyModels models) : IClassFixture<TinyModels>
{
    [Fact]
    public async Task VectorsOfTexts()
    {
        using LocalModel model = TinyModels.Open(models.Llama);
        using var generator = new PoiseEmbeddingGenerator(model, EmbeddingPooling.Mean);
        string[] texts = ["the thing and the other", "another thing", string.Concat(Enumerable.Repeat("long text ", 60)), "the thing and the other"];
        GeneratedEmbeddings<Embedding<float>> all = await generator.GenerateAsync(texts, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(4, all.Count);
        Assert.All(all, embedding => Assert.Equal(1, embedding.Vector.ToArray().Sum(v => (double)v * v), 5));
        Assert.Equal(all[0].Vector.ToArray(), all[3].Vector.ToArray());
        Assert.NotEqual(all[0].Vector.ToArray(), all[1].Vector.ToArray());
        Assert.Equal(texts.Sum(text => model.Tokenizer.EncodePrompt(text).Length), all.Usage!.InputTokenCount);

        // The definition, token by token.
        int[] ids = model.Tokenizer.EncodePrompt(texts[2]);
        Assert.True(ids.Length > 256);
        int width = model.Model.Config.HiddenSize;
        double[] sum = new double[width];
        float[] state = new float[width];
        using Sequence sequence = model.Model.CreateSequence(ids.Length);
        foreach (int id in ids)
        {
            model.Model.FinalStates(sequence, new[] { id }, state);
            for (int i = 0; i < width; i++) sum[i] += state[i];
        }

        double norm = Math.Sqrt(sum.Sum(v => v * v));
        Assert.Equal(sum.Select(v => (float)(v / norm)), all[2].Vector.ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);

        using var last = new PoiseEmbeddingGenerator(model, EmbeddingPooling.Last);
        float[] pooled = (await last.GenerateAsync([texts[2]], cancellationToken: TestContext.Current.CancellationToken))[0].Vector.ToArray();
        double length = Math.Sqrt(state.Sum(v => (double)v * v));
        Assert.Equal(state.Select(v => (float)(v / length)), pooled, (a, b) => Math.Abs(a - b) < 1e-6);
    }

    /// <summary>The states are those of which logits are made: the output matrix applied to them gives the logits.</summary>
    [Fact]
    public void StatesLeadToLogits()
    {
        using ModelPackage package = ModelPackage.Open(Shared.Golden("models", "llama3.2"));
        using Model model = package.Load(new LoadOptions { Threads = 1, Activations = ActivationPrecision.F32 });
        int width = model.Config.HiddenSize, vocabulary = model.Config.VocabularySize;
        int[] ids = [1, 5, 9, 200, 17];
        float[] states = new float[ids.Length * width], logits = new float[vocabulary], embedding = package.Checkpoint.Get("model.embed_tokens.weight").ToFloats();
        using (Sequence sequence = model.CreateSequence(ids.Length)) model.FinalStates(sequence, ids, states);
        using (Sequence sequence = model.CreateSequence(ids.Length)) model.Forward([new Segment(sequence, ids)], logits);
        for (int v = 0; v < vocabulary; v += 37)
        {
            double sum = 0;
            for (int i = 0; i < width; i++) sum += (double)states[^(width - i)] * embedding[v * width + i];
            Assert.Equal(sum, logits[v], 3);
        }
    }

    [Fact]
    public async Task RefusesWhatItCannotDo()
    {
        using LocalModel model = TinyModels.Open(models.Llama);
        Assert.Contains("no embedding model", Assert.Throws<PoiseException>(() => new PoiseEmbeddingGenerator(model)).Message, StringComparison.Ordinal);
        using var generator = new PoiseEmbeddingGenerator(model, EmbeddingPooling.Last);
        Assert.Equal(64, generator.GetService<EmbeddingGeneratorMetadata>()!.DefaultModelDimensions);
        await Assert.ThrowsAsync<NotSupportedException>(() => generator.GenerateAsync(["a"], new EmbeddingGenerationOptions { Dimensions = 7 }));
        await Assert.ThrowsAsync<PoiseException>(() => generator.GenerateAsync([string.Concat(Enumerable.Repeat("x ", 20_000))]));
    }
}
