using Poise.Core.Chat;
using Poise.Core.Chat.Dialects;
using Poise.Core.Engine;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Tokenizers;

namespace Poise.Core.Client;

/// <summary>A model of this machine with everything that an answer needs: files, weights, engine, tokenizer and chat format.</summary>
public sealed class LocalModel : IAsyncDisposable, IDisposable
{
    LocalModel(ModelPackage package, Model model, LocalModelOptions options)
    {
        Package = package;
        Model = model;
        Tokenizer = package.Tokenizer;
        IPromptRenderer? renderer = package.ChatTemplate is { } source ? new TemplatePromptRenderer(source, "chat template", Tokenizer, BosText(Tokenizer), null) : null;
        Dialect = options.Dialect is { } name ? Dialects.Find(name).Create(Tokenizer, renderer) : Dialects.For(Tokenizer, renderer);
        Engine = new InferenceEngine(model, options.Engine);
    }

    public ModelPackage Package { get; }

    public Model Model { get; }

    public InferenceEngine Engine { get; }

    public Tokenizer Tokenizer { get; }

    public IChatDialect Dialect { get; }

    /// <summary>The model's name, or that of its file or folder.</summary>
    public string Name => Package.Name ?? Path.GetFileNameWithoutExtension(Package.Path.TrimEnd('/', '\\'));

    /// <summary>Opens and loads; what the package throws, it throws.</summary>
    public static LocalModel Open(string path, LocalModelOptions? options = null)
    {
        options ??= new LocalModelOptions();
        ModelPackage package = ModelPackage.Open(path);
        Model? model = null;
        try
        {
            // The vocabulary first: a model without one is refused before its weights are read.
            _ = package.Tokenizer;
            model = package.Load(options.Load);
            return new LocalModel(package, model, options);
        }
        catch
        {
            model?.Dispose();
            package.Dispose();
            throw;
        }
    }

    static string? BosText(Tokenizer tokenizer) => tokenizer.BosId is { } bos ? System.Text.Encoding.UTF8.GetString(tokenizer.BytesOf(bos)) : null;

    /// <summary>Waits for the answers that are being written, then frees everything. New requests are refused meanwhile.</summary>
    public async ValueTask DisposeAsync()
    {
        await Engine.CompleteAsync().ConfigureAwait(false);
        Model.Dispose();
        Package.Dispose();
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
}
