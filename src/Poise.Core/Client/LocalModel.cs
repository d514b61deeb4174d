using Poise.Core.Adapters;
using Poise.Core.Chat;
using Poise.Core.Engine;
using Poise.Core.Layers;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Tokenizers;

namespace Poise.Core.Client;

/// <summary>A model of this machine with everything that an answer needs: files, weights, engine, tokenizer and chat format.</summary>
public sealed class LocalModel : IAsyncDisposable, IDisposable
{
    LocalModel(ModelPackage package, Model model, LoadedAdapter? adapter, IChatDialect dialect, LocalModelOptions options)
    {
        Adapter = adapter;
        Package = package;
        Model = model;
        Tokenizer = package.Tokenizer;
        Dialect = dialect;
        Engine = new InferenceEngine(model, adapter is null ? options.Engine : options.Engine with { Adapter = adapter });
    }

    public ModelPackage Package { get; }

    public Model Model { get; }

    /// <summary>What acts on all answers that name no adapter of their own.</summary>
    public LoadedAdapter? Adapter { get; }

    public InferenceEngine Engine { get; }

    public Tokenizer Tokenizer { get; }

    public IChatDialect Dialect { get; }

    /// <summary>The model's name, or that of its file or folder.</summary>
    public string Name => Package.Name ?? Path.GetFileNameWithoutExtension(Package.Path.TrimEnd('/', '\\'));

    /// <summary>Opens and loads; what the package throws, it throws.</summary>
    public static LocalModel Open(string path, LocalModelOptions? options = null) => Load(ModelPackage.Open(path), options);

    /// <summary>Loads what is already open; the package is closed with the model, and also when loading fails.</summary>
    public static LocalModel Load(ModelPackage package, LocalModelOptions? options = null)
    {
        options ??= new LocalModelOptions();
        Model? model = null;
        LoadedAdapter? adapter = null;
        try
        {
            // The chat format first: a model with a broken template is refused before its weights are read.
            IChatDialect dialect = ChatFormat.Of(package, options.Dialect, options.Template);
            model = package.Load(options.Load);
            if (options.Adapter is { } path) adapter = AdapterFile.Load(path, package, model);
            return new LocalModel(package, model, adapter, dialect, options);
        }
        catch
        {
            adapter?.Dispose();
            model?.Dispose();
            package.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the answers that are being written, then frees everything. New requests are refused meanwhile.</summary>
    public async ValueTask DisposeAsync()
    {
        await Engine.CompleteAsync().ConfigureAwait(false);
        Adapter?.Dispose();
        Model.Dispose();
        Package.Dispose();
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
}
