using Microsoft.Extensions.AI;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Core.Client;

/// <summary>
/// A model of this machine as <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/>: the states after the final norm, pooled
/// and scaled to length 1. Texts follow one another, between the steps of an engine that has the same model.
/// </summary>
public sealed class PoiseEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    readonly LocalModel _model;
    readonly EmbeddingPooling _pooling;
    readonly EmbeddingGeneratorMetadata _metadata;

    /// <param name="model">Stays the caller's.</param>
    /// <param name="pooling">Null takes what the publisher states, and throws a <see cref="PoiseException"/> where nothing is stated.</param>
    public PoiseEmbeddingGenerator(LocalModel model, EmbeddingPooling? pooling = null)
    {
        _model = model;
        _pooling = pooling ?? model.Package.Pooling
            ?? throw new PoiseException($"{model.Package.Path}: the files do not say how embeddings are pooled, so this is no embedding model. Choose one that is, or state the pooling.");
        _metadata = new EmbeddingGeneratorMetadata("poise", defaultModelId: model.Name, defaultModelDimensions: model.Model.Config.HiddenSize);
    }

    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        int width = _model.Model.Config.HiddenSize;
        if (options?.Dimensions is { } dimensions && dimensions != width) throw new NotSupportedException($"EmbeddingGenerationOptions.Dimensions cannot be honoured: this model's embeddings have {width} dimensions, not {dimensions}.");
        if (options?.ModelId is { } id && id != _model.Name) throw new NotSupportedException($"EmbeddingGenerationOptions.ModelId cannot be honoured: this generator runs \"{_model.Name}\", not \"{id}\".");
        if (options?.AdditionalProperties is { Count: > 0 } more) throw new NotSupportedException($"EmbeddingGenerationOptions.AdditionalProperties cannot be honoured: \"{more.Keys.First()}\" is unknown.");
        if (options?.RawRepresentationFactory is not null) throw new NotSupportedException("EmbeddingGenerationOptions.RawRepresentationFactory cannot be honoured: there is nothing behind this generator.");
        string[] texts = [.. values];
        return Task.Run(() =>
        {
            var result = new GeneratedEmbeddings<Embedding<float>>(texts.Length);
            long tokens = 0;
            foreach (string text in texts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int[] ids = _model.Tokenizer.EncodePrompt(text);
                tokens += ids.Length;
                result.Add(new Embedding<float>(Embed(ids)) { ModelId = _model.Name, CreatedAt = DateTimeOffset.UtcNow });
            }

            result.Usage = new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens };
            return result;
        }, cancellationToken);
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        foreach (object service in (object[])[this, _metadata, _model])
            if (serviceType.IsInstanceOfType(service)) return service;
        return null;
    }

    public void Dispose()
    {
        // The model is the caller's, and there is nothing else.
    }

    float[] Embed(int[] ids)
    {
        ModelConfig config = _model.Model.Config;
        if (ids.Length == 0) throw new PoiseException("A text is empty: it has no embedding.");
        if (ids.Length > config.ContextLength) throw new PoiseException($"A text has {ids.Length} tokens, and the context holds {config.ContextLength}: cut it into parts.");
        int width = config.HiddenSize;
        float[] states = new float[checked(ids.Length * width)];
        using (Sequence sequence = _model.Model.CreateSequence(ids.Length)) _model.Model.FinalStates(sequence, ids, states);
        double[] sum = new double[width];
        (int first, int last) = _pooling switch
        {
            EmbeddingPooling.First => (0, 0),
            EmbeddingPooling.Last => (ids.Length - 1, ids.Length - 1),
            _ => (0, ids.Length - 1),
        };
        for (int t = first; t <= last; t++)
            for (int i = 0; i < width; i++) sum[i] += states[t * width + i];
        double square = 0;
        foreach (double value in sum) square += value * value;
        double inverse = square > 0 ? 1 / Math.Sqrt(square) : 0;
        return [.. sum.Select(value => (float)(value * inverse))];
    }
}
