using Poise.Core.Tokenizers;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Library;

/// <summary>Where packages get their tokenizers from.</summary>
static class PackageTokenizer
{
    public static Tokenizer FromGguf(GgufMetadata metadata) => throw new PoiseException($"{metadata.File}: tokenizers are not read by this version of Poise.");

    public static Tokenizer FromFolder(string path) => throw new PoiseException($"{path}: tokenizers are not read by this version of Poise.");
}
