using System.Security.Cryptography;
using System.Text;
using Poise.Core.Library;
using Poise.Tensors.Formats;

namespace Poise.Core.Training.Runs;

/// <summary>What tells a tokenizer and its chat template from others: the files of a folder that hold them, or the keys of a GGUF file.</summary>
static class TokenizerDigest
{
    static readonly string[] s_files = ["tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "vocab.json", "merges.txt", "chat_template.jinja"];

    public static string Of(ModelPackage package) => package.Checkpoint is GgufFile gguf ? Of(gguf.Metadata) : Of(package.TokenizerFolder ?? package.Path);

    /// <summary>SHA-256 over name and SHA-256 of each file that is there, in the order of this list; in hexadecimal.</summary>
    public static string Of(string folder)
    {
        var text = new StringBuilder();
        foreach (string name in s_files)
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path)) continue;
            text.Append(name).Append(' ').Append(FileDigest.Of(path)).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>SHA-256 over the keys that begin with "tokenizer." and their values as GGUF writes them, in the order of their names; in hexadecimal.</summary>
    static string Of(GgufMetadata metadata)
    {
        using var stream = new MemoryStream();
        var encoder = new GgufEncoder(stream);
        foreach ((string key, object value) in metadata.Where(pair => pair.Key.StartsWith("tokenizer.", StringComparison.Ordinal)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
            encoder.WriteKeyValue(key, value);
        stream.Position = 0;
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
