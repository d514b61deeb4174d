using System.Security.Cryptography;
using System.Text;

namespace Poise.Core.Training.Runs;

/// <summary>What tells a tokenizer and its chat template from others: the files of a Hugging Face folder that hold them.</summary>
static class TokenizerDigest
{
    static readonly string[] s_files = ["tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "vocab.json", "merges.txt", "chat_template.jinja"];

    /// <summary>SHA-256 over name and SHA-256 of each file that is there, in the order of this list; in hexadecimal.</summary>
    public static string Of(string folder)
    {
        var text = new StringBuilder();
        foreach (string name in s_files)
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path)) continue;
            using FileStream stream = File.OpenRead(path);
            text.Append(name).Append(' ').Append(Convert.ToHexStringLower(SHA256.HashData(stream))).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
