using System.Globalization;

namespace Poise.Core.Library;

/// <summary>How much memory this process may still take without pushing others out.</summary>
public static class MachineMemory
{
    /// <summary>Bytes. Linux: what the kernel calls available, within the limits of the control groups; elsewhere what the runtime sees.</summary>
    public static long AvailableBytes()
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (!OperatingSystem.IsLinux()) return available;
        if (ReadMeminfo("MemAvailable:") is { } free) available = Math.Min(available, free);
        foreach (string group in ControlGroups())
            if (ReadGroup(group) is { } left) available = Math.Min(available, left);
        return Math.Max(0, available);
    }

    /// <summary>Bytes of memory that the machine has; elsewhere than on Linux what the runtime sees.</summary>
    public static long TotalBytes() =>
        (OperatingSystem.IsLinux() ? ReadMeminfo("MemTotal:") : null) ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    static long? ReadMeminfo(string name)
    {
        foreach (string line in ReadLines("/proc/meminfo"))
            if (line.StartsWith(name, StringComparison.Ordinal)
                && long.TryParse(line.AsSpan(name.Length).TrimEnd("kB").Trim(), CultureInfo.InvariantCulture, out long kibibytes))
                return kibibytes * 1024;
        return null;
    }

    // Version 2: the line "0::/a/b" names a group below /sys/fs/cgroup, and a limit may sit at any level above it.
    // Version 1: one folder for memory; inside a container it is the process's own group.
    static IEnumerable<string> ControlGroups()
    {
        string path = ReadLines("/proc/self/cgroup").FirstOrDefault(line => line.StartsWith("0::", StringComparison.Ordinal))?[3..] ?? "/";
        for (string group = path.Trim('/'); ; group = group[..Math.Max(0, group.LastIndexOf('/'))])
        {
            yield return Path.Combine("/sys/fs/cgroup", group);
            if (group.Length == 0) break;
        }
        yield return "/sys/fs/cgroup/memory";
    }

    static long? ReadGroup(string folder)
    {
        long? limit = ReadNumber(Path.Combine(folder, "memory.max")) ?? ReadNumber(Path.Combine(folder, "memory.limit_in_bytes"));
        long? used = ReadNumber(Path.Combine(folder, "memory.current")) ?? ReadNumber(Path.Combine(folder, "memory.usage_in_bytes"));
        if (limit is null || used is null) return null;
        // Mapped and cached files count as used, and are given back when memory is short.
        long cached = 0;
        foreach (string line in ReadLines(Path.Combine(folder, "memory.stat")))
            if ((line.StartsWith("file ", StringComparison.Ordinal) || line.StartsWith("cache ", StringComparison.Ordinal))
                && long.TryParse(line.AsSpan(line.IndexOf(' ') + 1), CultureInfo.InvariantCulture, out long bytes))
                cached = Math.Max(cached, bytes);
        return limit - Math.Max(0, used.Value - cached);
    }

    // "max" (no limit) is not a number, and so reads as none.
    static long? ReadNumber(string path) =>
        ReadLines(path).FirstOrDefault() is { } text && long.TryParse(text.AsSpan().Trim(), CultureInfo.InvariantCulture, out long value) ? value : null;

    static string[] ReadLines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
