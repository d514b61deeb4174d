namespace Poise.Tensors.Formats;

/// <summary>What the system throws when it does not write: no room, no right, no such folder, too long a file.</summary>
static class WriteFailure
{
    /// <summary>The last kind is how .NET puts EFBIG: longer than a quota or the file system (4 GB on FAT) allows.</summary>
    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };
}
