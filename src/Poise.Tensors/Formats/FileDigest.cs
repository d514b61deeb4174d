using System.Security.Cryptography;

namespace Poise.Tensors.Formats;

/// <summary>What tells a file from others.</summary>
public static class FileDigest
{
    /// <summary>SHA-256 of its bytes, in lower-case hexadecimal.</summary>
    public static string Of(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PoiseException($"{path} cannot be read: {e.Message}", e);
        }
    }
}
