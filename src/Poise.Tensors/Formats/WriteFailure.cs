namespace Poise.Tensors.Formats;

/// <summary>What the system throws when it does not write: no room, no right, no such folder, too long a file.</summary>
static class WriteFailure
{
    // ENOSPC and EDQUOT as Linux and macOS number them, as .NET hands them on; ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL, ERROR_DISK_QUOTA_EXCEEDED.
    const int NoSpace = 28, LinuxQuota = 122, MacQuota = 69, DiskFull = unchecked((int)0x80070070), HandleDiskFull = unchecked((int)0x80070027), QuotaExceeded = unchecked((int)0x8007050F);

    /// <summary>The last kind is how .NET puts EFBIG: longer than a quota or the file system (4 GB on FAT) allows.</summary>
    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException || IsTooLong(e);

    /// <summary>For the person at the keyboard, without a full stop.</summary>
    public static string Explain(string path, Exception e)
    {
        if (e is IOException { HResult: NoSpace or LinuxQuota or MacQuota or DiskFull or HandleDiskFull or QuotaExceeded }) return $"{path} cannot be written: the disk is full, or its quota; make room";
        return IsTooLong(e) ? $"{path} cannot be written: the system allows no file of this length here" : $"{path} cannot be written: {e.Message.TrimEnd('.')}";
    }

    static bool IsTooLong(Exception e) => e is ArgumentOutOfRangeException { ParamName: "value" };
}
