namespace Poise.Tests.Support;

/// <summary>Finds the folder `shared` beside the repository; tests that need it are skipped, with the reason, where it is absent.</summary>
static class Shared
{
    public static string RepositoryRoot { get; } = FindRoot();

    static readonly string s_folder = Path.GetFullPath(Path.Combine(RepositoryRoot, "..", "shared"));

    public static bool Exists => Directory.Exists(s_folder);

    /// <summary>A path below `shared`; skips the running test where the folder is absent.</summary>
    public static string Get(params string[] parts)
    {
        if (!Exists) Assert.Skip($"the folder 'shared' is not beside the repository ({string.Join('/', parts)})");
        return Path.Combine([s_folder, .. parts]);
    }

    /// <summary>A path below `tests/golden`, the choice that lives in the project.</summary>
    public static string Golden(params string[] parts) => Path.Combine([RepositoryRoot, "tests", "golden", .. parts]);

    static string FindRoot()
    {
        for (DirectoryInfo? d = new(AppContext.BaseDirectory); d is not null; d = d.Parent)
            if (File.Exists(Path.Combine(d.FullName, "Poise.slnx"))) return d.FullName;
        throw new InvalidOperationException("Poise.slnx was not found above the test assembly.");
    }
}
