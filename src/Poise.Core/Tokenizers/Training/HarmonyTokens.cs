namespace Poise.Core.Tokenizers.Training;

/// <summary>The special tokens of gpt-oss, for vocabularies of one's own that shall hold harmony conversations.</summary>
public static class HarmonyTokens
{
    /// <summary>From <c>&lt;|startoftext|&gt;</c> to the last that has a name, in the order of o200k_harmony; the more than a thousand reserved ones behind are left out.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. TiktokenEncoding.Find("o200k_harmony")!.Special.GroupBy(token => token.Value, token => token.Key).Where(names => names.Key <= LastNamed).OrderBy(names => names.Key).Select(names => names.First()),
    ];

    const int LastNamed = 200018;

    /// <summary>Those that end a generation.</summary>
    internal static IReadOnlyList<string> Stops => TiktokenEncoding.Find("o200k_harmony")!.Stops;
}
