using Poise.Core.Models;
using Poise.Core.Tokenizers;
using Poise.Tensors.Formats;

namespace Poise.Core.Library;

/// <summary>A model on disk, opened but not loaded: files mapped, configuration read, tokenizer and template found.</summary>
public abstract class ModelPackage : IDisposable
{
    /// <summary>Opens a GGUF file, a Hugging Face folder or OpenAI's original gpt-oss folder. Reads no weight.</summary>
    public static ModelPackage Open(string path) => throw new NotSupportedException(path);

    public abstract string Path { get; }

    /// <summary>For people: <c>GGUF v3</c>, <c>Hugging Face</c>, <c>OpenAI original</c>.</summary>
    public abstract string Layout { get; }

    public abstract ModelConfig Config { get; }

    public abstract Checkpoint Checkpoint { get; }

    public abstract string? Name { get; }

    public abstract string? Licence { get; }

    /// <summary>The Jinja template for chats, or null.</summary>
    public abstract string? ChatTemplate { get; }

    public abstract long Parameters { get; }

    /// <summary>Parameters that one token uses: active experts only, without the embedding table.</summary>
    public abstract long ActiveParameters { get; }

    /// <summary>Loaded on first use. Throws a <see cref="Poise.Tensors.PoiseException"/> when the model brings none.</summary>
    public abstract Tokenizer Tokenizer { get; }

    /// <summary>Ids that end an answer: the union of what tokenizer, config.json and generation_config.json state.</summary>
    public abstract IReadOnlyList<int> StopIds { get; }

    /// <summary>Loads the weights. Foresees memory: throws a <see cref="Poise.Tensors.PoiseException"/> with the figure when they cannot fit.</summary>
    public abstract Model Load(LoadOptions options);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
