using Microsoft.Extensions.AI;
using Poise.Core.Client;
using Poise.Core.Engine;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary>Where `poise chat` gets the model to talk with.</summary>
static class ChatClients
{
    /// <param name="path">As the person wrote it.</param>
    /// <param name="adapter">A PEFT folder or a GGUF adapter; or null.</param>
    /// <param name="template">A Jinja template in place of the model's own: source and name; or null.</param>
    public static async Task<IChatClient> OpenAsync(string path, string? adapter, LoadOptions load, EngineOptions engine, (string, string)? template, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return await Task.Run(() =>
        {
            ModelPackage package = Open(path, hasTemplate: template is not null);
            int length = package.Config.ContextLength;
            if (engine.ContextLength > length)
            {
                package.Dispose();
                throw new PoiseException($"--context {engine.ContextLength}: this model's context is {length} tokens");
            }

            PoiseChatClient client = PoiseChatClient.Open(package, new LocalModelOptions { Load = load, Engine = engine, Template = template, Adapter = adapter });
            CommonOptions.Warn((client.GetService(typeof(LocalModel)) as LocalModel)?.Adapter);
            return client;
        }, cancellation);
    }

    /// <summary>Opens a model that one can talk with.</summary>
    /// <param name="hasTemplate">Whether the person gives a template.</param>
    public static ModelPackage Open(string path, bool hasTemplate)
    {
        ModelPackage package = ModelPackage.Open(path);
        if (hasTemplate || ChatFormat.IsKnown(package)) return package;
        package.Dispose();
        throw new PoiseException($"{path}: this model brings no chat template, so nothing says how to talk with it; `poise run` continues a text, and --template gives one");
    }
}
