using System.IO.Compression;
using Poise.Tensors;

namespace Poise.Core.Tokenizers.BuiltIn;

/// <summary>
/// The vocabulary that comes with Poise: o200k (OpenAI, tiktoken, MIT licence) with the special tokens of gpt-oss, so that harmony streams
/// can be written and read where no model is at hand. Its resource is zlib over the lengths of all tokens, a byte each, and then
/// their bytes, both in the order of the ranks.
/// </summary>
public static class BuiltInVocabulary
{
    const int Ranks = 199998;

    static readonly Lazy<Tokenizer> s_harmony = new(Load);

    /// <summary>The tokenizer of every gpt-oss model; loaded once, when first asked for.</summary>
    public static Tokenizer Harmony => s_harmony.Value;

    static TextTokenizer Load()
    {
        const string Name = "o200k.bin";
        using Stream resource = typeof(BuiltInVocabulary).Assembly.GetManifestResourceStream(Name) ?? throw new PoiseException($"This build of Poise lacks its vocabulary {Name}.");
        using var stream = new BufferedStream(new ZLibStream(resource, CompressionMode.Decompress), 1 << 16);
        var tokens = new TokenBytes(Ranks);
        byte[] lengths = new byte[Ranks];
        stream.ReadExactly(lengths);
        Span<byte> token = stackalloc byte[255];
        for (int rank = 0; rank < Ranks; rank++)
        {
            stream.ReadExactly(token[..lengths[rank]]);
            tokens.Set(rank, token[..lengths[rank]]);
        }
        return TiktokenFile.Build(Name, tokens, Ranks, Ranks - 1, TiktokenEncoding.Find("o200k_harmony")!);
    }
}
