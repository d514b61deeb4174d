using System.Buffers;
using System.Text;
using Poise.Core.Tokenizers.Text;

namespace Poise.Core.Tokenizers;

/// <summary>
/// The pipeline that every kind of vocabulary shares: added tokens are cut out, the rest is normalised, cut by the split steps and given to the encoder.
/// What differs is data: see the loaders.
/// </summary>
sealed class TextTokenizer : Tokenizer
{
    readonly AddedTokenMatcher _raw;
    readonly AddedTokenMatcher _normalized;
    readonly Dictionary<string, int> _addedIds = new(StringComparer.Ordinal);
    readonly HashSet<int> _special = [];

    public TextTokenizer(IReadOnlyCollection<AddedToken> added)
    {
        _raw = new AddedTokenMatcher(added.Where(t => !t.Normalized));
        _normalized = new AddedTokenMatcher(added.Where(t => t.Normalized));
        foreach (AddedToken token in added)
        {
            _addedIds.TryAdd(token.Content, token.Id);
            if (token.Special) _special.Add(token.Id);
        }
    }

    public required PieceEncoder Encoder { get; init; }

    public override string Kind => Encoder.Kind;

    public IReadOnlyList<TextNormalizer> Normalizers { get; init; } = [];

    public IReadOnlyList<SplitStep> Splits { get; init; } = [];

    /// <summary>Cuts that only save time; applied after <see cref="Splits"/>.</summary>
    public MarkBoundaries? Boundaries { get; init; }

    /// <summary>What each id shows as.</summary>
    public required TokenBytes Shown { get; init; }

    /// <summary>Spaces taken away where decoded text begins with them.</summary>
    public int LeadingSpaces { get; init; }

    /// <summary>The bytes of a token by its spelling in the file.</summary>
    public Func<string, byte[]?> Spelling { get; init; } = Encoding.UTF8.GetBytes;

    public override int VocabularySize => Shown.Count;

    public override bool IsSpecial(int id) => _special.Contains(id);

    public override int? FindId(string token)
    {
        if (_addedIds.TryGetValue(token, out int id)) return id;
        if (token.Length == 0 || Spelling(token) is not { } bytes) return null;
        return Encoder.Find(bytes) is >= 0 and var found ? found : null;
    }

    public override int[] Encode(ReadOnlySpan<char> text, bool allowSpecial = false)
    {
        if (text.IsEmpty) return [];
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        using var ids = new IdList(text.Length / 3);
        ReadOnlySpan<byte> bytes = buffer.AsSpan(0, Encoding.UTF8.GetBytes(text, buffer));
        int at = 0;
        if (!_raw.IsEmpty)
        {
            while (_raw.Find(bytes, at, allowSpecial, out int start, out int end) is { } token)
            {
                EncodeSegment(bytes[at..start], at == 0, allowSpecial, ids);
                ids.Add(token.Id);
                at = end;
            }
        }
        EncodeSegment(bytes[at..], at == 0, allowSpecial, ids);
        ArrayPool<byte>.Shared.Return(buffer);
        return ids.ToArray();
    }

    void EncodeSegment(ReadOnlySpan<byte> segment, bool begins, bool allowSpecial, IdList ids)
    {
        if (segment.IsEmpty) return;
        if (Normalizers.Count > 0) segment = Normalize(segment, begins);
        int at = 0;
        if (!_normalized.IsEmpty)
        {
            while (_normalized.Find(segment, at, allowSpecial, out int start, out int end) is { } token)
            {
                Split(segment[at..start], 0, ids);
                ids.Add(token.Id);
                at = end;
            }
        }
        Split(segment[at..], 0, ids);
    }

    ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> segment, bool begins)
    {
        bool ascii = Ascii.IsValid(segment);
        string? text = null;
        foreach (TextNormalizer normalizer in Normalizers)
            if (!ascii || !normalizer.LeavesAscii || text is not null) text = normalizer.Apply(text ?? Encoding.UTF8.GetString(segment), begins);
        return text is null ? segment : Encoding.UTF8.GetBytes(text);
    }

    void Split(ReadOnlySpan<byte> text, int step, IdList ids)
    {
        if (text.IsEmpty) return;
        if (step < Splits.Count)
        {
            SplitStep.Pieces pieces = Splits[step].Split(text);
            if (step == Splits.Count - 1 && Boundaries is null)
                while (pieces.Next(out int start, out int end)) Encoder.Encode(text[start..end], ids);
            else
                while (pieces.Next(out int start, out int end)) Split(text[start..end], step + 1, ids);
            return;
        }
        if (Boundaries is null)
        {
            Encoder.Encode(text, ids);
            return;
        }
        for (int at = 0; at < text.Length;)
        {
            int end = Boundaries.NextCut(text, at);
            Encoder.Encode(text[at..end], ids);
            at = end;
        }
    }

    /// <summary>The pieces that the split steps make of a text; for tests and for looking into a tokenizer.</summary>
    internal List<string> SplitPieces(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        List<(int Start, int End)> parts = [(0, Normalizers.Count > 0 ? (bytes = Normalize(bytes, true).ToArray()).Length : bytes.Length)];
        foreach (SplitStep step in Splits)
        {
            var next = new List<(int, int)>();
            foreach ((int start, int end) in parts)
            {
                SplitStep.Pieces pieces = step.Split(bytes.AsSpan(start, end - start));
                while (pieces.Next(out int from, out int to)) next.Add((start + from, start + to));
            }
            parts = next;
        }
        return [.. parts.Select(p => Encoding.UTF8.GetString(bytes.AsSpan(p.Start, p.End - p.Start))).Where(p => p.Length > 0)];
    }

    /// <summary>The bytes of an id; U+FFFD for an id that is not in the vocabulary.</summary>
    public override ReadOnlySpan<byte> BytesOf(int id) => (uint)id < (uint)Shown.Count ? Shown[id] : "\uFFFD"u8;

    public override string Decode(ReadOnlySpan<int> ids)
    {
        var bytes = new ArrayBufferWriter<byte>(Math.Max(16, ids.Length * 4));
        foreach (int id in ids) bytes.Write(BytesOf(id));
        ReadOnlySpan<byte> text = bytes.WrittenSpan;
        for (int i = 0; i < LeadingSpaces && !text.IsEmpty && text[0] == ' '; i++) text = text[1..];
        return Encoding.UTF8.GetString(text);
    }

    public override StreamingDecoder CreateDecoder() => new Utf8StreamingDecoder(this);
}
