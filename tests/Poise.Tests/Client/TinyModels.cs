using Poise.Core.Client;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tests.Support;

namespace Poise.Tests.Client;

/// <summary>Random weights behind the real vocabularies' special tokens: one model that speaks Harmony, one that speaks through a template.</summary>
public sealed class TinyModels : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public TinyModels()
    {
        Harmony = Write("tiny-gpt-oss", "harmony.gguf");
        Llama = Write("tiny-llama-3", "llama.gguf");
    }

    public string Harmony { get; }

    public string Llama { get; }

    public static LocalModel Open(string path) => LocalModel.Open(path, new LocalModelOptions { Load = new LoadOptions { Threads = 1 } });

    public void Dispose() => _folder.Dispose();

    string Write(string shape, string name)
    {
        string path = Path.Combine(_folder.Path, name);
        SyntheticModel.Write(new SyntheticOptions { Shape = shape }, path);
        return path;
    }
}
