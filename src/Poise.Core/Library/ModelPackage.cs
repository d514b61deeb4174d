using Poise.Core.Models;
using Poise.Core.Tokenizers;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;

namespace Poise.Core.Library;

/// <summary>A model on disk, opened but not loaded: files mapped, configuration read, tokenizer and template found.</summary>
public abstract class ModelPackage : IDisposable
{
    readonly Lazy<ParameterCount> _count;
    readonly Lazy<Tokenizer> _tokenizer;
    readonly Lazy<IReadOnlyList<int>> _stopIds;
    readonly Lazy<GenerationDefaults> _defaults;

    private protected ModelPackage(string path, Architecture architecture, ModelConfig config, Checkpoint checkpoint)
    {
        Path = path;
        Architecture = architecture;
        Config = config;
        Checkpoint = checkpoint;
        _count = new(() => ParameterCount.Of(Config, Checkpoint.Tensors.Select(t => (t.Name, t.Shape))));
        _tokenizer = new(LoadTokenizer);
        _defaults = new(FindDefaults);
        _stopIds = new(() => [.. FindStopIds().Where(id => id >= 0 && id < Config.VocabularySize).Distinct().Order()]);
    }

    /// <summary>Opens a GGUF file, a Hugging Face folder or OpenAI's original gpt-oss folder. Reads no weight.</summary>
    public static ModelPackage Open(string path) => PackageFinder.Open(path);

    /// <summary>The file or folder that holds the model.</summary>
    public string Path { get; }

    public Architecture Architecture { get; }

    public ModelConfig Config { get; }

    public Checkpoint Checkpoint { get; }

    /// <summary>For people: <c>GGUF v3</c>, <c>Hugging Face</c>, <c>OpenAI original</c>.</summary>
    public abstract string Layout { get; }

    public abstract string? Name { get; }

    public abstract string? Licence { get; }

    /// <summary>The Jinja template for chats, or null.</summary>
    public string? ChatTemplate => ChatTemplateSource?.Text;

    /// <summary>The template with the tokens that it prints, or null.</summary>
    public abstract ChatTemplateSource? ChatTemplateSource { get; }

    /// <summary>How the publisher makes one embedding of a text's states; null for models that were not made for embeddings.</summary>
    public virtual EmbeddingPooling? Pooling => null;

    public long Parameters => _count.Value.Total;

    /// <summary>Parameters that one token uses: active experts only, without an embedding table that only looks rows up.</summary>
    public long ActiveParameters => _count.Value.Active;

    /// <summary>
    /// Bytes of weights that one token reads, counted as <see cref="ActiveParameters"/> are: as packed where that is the
    /// placement, else as they lie in the files. Keys and values come on top.
    /// </summary>
    public long ActiveBytes(LoadOptions options)
    {
        bool packed = options.Activations == ActivationPrecision.Int8 && MemoryForecast.Place(this, options) != WeightPlacement.Mapped;
        return ParameterCount.ActiveBytes(Config, Checkpoint.Tensors.Select(t => (t.Name, packed ? MatrixLoader.PackedBytes(t) : t.ByteLength)));
    }

    /// <summary>Bytes of all tensors as they lie in the files.</summary>
    public long WeightBytes => Checkpoint.Tensors.Sum(t => t.ByteLength);

    /// <summary>Loaded on first use. Throws a <see cref="PoiseException"/> when the model brings none.</summary>
    public Tokenizer Tokenizer => _tokenizer.Value;

    /// <summary>Ids that end an answer: the union of what tokenizer, config.json and generation_config.json state, ascending.</summary>
    public IReadOnlyList<int> StopIds => _stopIds.Value;

    /// <summary>How the publisher recommends to sample. Read on first use; a value out of range is a <see cref="ModelFileException"/>.</summary>
    public GenerationDefaults GenerationDefaults => _defaults.Value;

    /// <summary>How many tensors there are of each type, and their bytes; largest first.</summary>
    public IReadOnlyList<TensorCensusRow> TensorCensus =>
        [.. Checkpoint.Tensors.GroupBy(t => t.Type).Select(g => new TensorCensusRow(g.Key, g.Count(), g.Sum(t => t.ByteLength))).OrderByDescending(r => r.Bytes)];

    /// <summary>Loads the weights. Foresees memory: throws a <see cref="PoiseException"/> with the figure when they cannot fit.</summary>
    public Model Load(LoadOptions options)
    {
        ModelLoader load = Architecture.Load ?? throw new PoiseException($"{Path}: {Architecture.Name} models can be shown but not run by this version of Poise.");
        if (options.Placement == WeightPlacement.Packed) MemoryForecast.Of(this, options).Check(Path);
        else if (MemoryForecast.CopiedBytes(this) is > 0 and var copied) (MemoryForecast.Of(this, options) with { WeightBytes = copied }).Check(Path);
        LoadOptions placed = options with { Placement = MemoryForecast.Place(this, options) };
        if (placed.Placement == WeightPlacement.Streamed) placed = Streamed(placed);
        Model model = load(Config, Checkpoint, NamesLayout, placed);
        model.Prepare();
        return model;
    }

    LoadOptions Streamed(LoadOptions options)
    {
        if (MemoryForecast.StreamableBytes(this) == 0)
            throw new PoiseException($"{Path} has no quantised experts to be streamed. Leave its weights packed or mapped.");
        if (options.Activations == ActivationPrecision.F32)
            throw new PoiseException("Streamed weights go with 8-bit activations. For F32 activations leave the weights mapped.");
        if (options.ExpertBytes > 0) return options;
        long room = MemoryForecast.ExpertRoom(this, options);
        return room > 0 ? options with { ExpertBytes = room }
            : throw new PoiseException($"{Path}: no memory is left for its experts. Leave its weights mapped from the file, close other programs, or take a smaller model.");
    }

    internal bool IsHuggingFace => NamesLayout == ModelLayout.HuggingFace;

    /// <summary>The folder with the tokenizer's files; null where there is none.</summary>
    internal virtual string? TokenizerFolder => Directory.Exists(Path) ? Path : null;

    /// <summary>Whether the configuration says that the output is the embedding table.</summary>
    internal virtual bool IsTied => false;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => Checkpoint.Dispose();

    /// <summary>Whose tensor names the checkpoint has: one of <see cref="ModelLayout"/>.</summary>
    private protected abstract string NamesLayout { get; }

    private protected abstract Tokenizer LoadTokenizer();

    private protected abstract GenerationDefaults FindDefaults();

    /// <summary>May repeat ids and name some that the vocabulary lacks.</summary>
    private protected abstract IEnumerable<int> FindStopIds();
}

/// <summary>Tensors of one type.</summary>
public sealed record TensorCensusRow(TensorType Type, int Count, long Bytes);
