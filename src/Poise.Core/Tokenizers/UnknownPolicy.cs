namespace Poise.Core.Tokenizers;

/// <summary>What becomes of characters that are no token.</summary>
/// <param name="byteIds">Token of each byte value, or -1; null where the vocabulary has no byte tokens.</param>
/// <param name="unknownId">The unknown token, or -1: such characters vanish.</param>
/// <param name="fuse">A run of unknown characters is one unknown token.</param>
sealed class UnknownPolicy(int[]? byteIds, int unknownId, bool fuse)
{
    readonly bool _allBytes = byteIds is not null && !byteIds.Contains(-1);

    /// <summary>Adds what stands for the bytes of one character; <paramref name="afterUnknown"/> tells whether the last id stands for one too.</summary>
    public void Add(ReadOnlySpan<byte> character, IdList ids, ref bool afterUnknown)
    {
        if (byteIds is not null && (_allBytes || HasAll(character)))
        {
            foreach (byte b in character) ids.Add(byteIds[b]);
            afterUnknown = false;
            return;
        }
        if (unknownId >= 0 && !(fuse && afterUnknown)) ids.Add(unknownId);
        afterUnknown = true;
    }

    bool HasAll(ReadOnlySpan<byte> character)
    {
        foreach (byte b in character)
            if (byteIds![b] < 0) return false;
        return true;
    }
}
