using System.Globalization;
using System.Text;

namespace Poise.Core.Tokenizers.Text;

/// <summary>Decompositions, compositions and combining classes, read once from the embedded table (.NET's own do nothing under InvariantGlobalization).</summary>
sealed class NormalizationTable
{
    readonly Dictionary<int, int[]> _canonical = [];
    readonly Dictionary<int, int[]> _compatible = [];
    readonly Dictionary<long, int> _compositions = [];
    readonly Dictionary<int, byte> _combining = [];

    // Code points that NFC may change or move: decomposables that do not compose back, marks with a class, second parts of compositions.
    readonly HashSet<int> _active = [];

    static readonly Lazy<NormalizationTable> s_instance = new(() => new NormalizationTable());

    public static NormalizationTable Instance => s_instance.Value;

    NormalizationTable()
    {
        using Stream stream = typeof(NormalizationTable).Assembly.GetManifestResourceStream("UnicodeNormalization.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            int mark = line.AsSpan().IndexOfAny("=!~:");
            if (line[mark] == ':') AddClass(byte.Parse(line.AsSpan(0, mark), CultureInfo.InvariantCulture), line[(mark + 1)..]);
            else AddDecomposition(Hex(line.AsSpan(0, mark)), line[mark], [.. line[(mark + 1)..].Split(' ').Select(h => Hex(h))]);
        }
    }

    static int Hex(ReadOnlySpan<char> text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    void AddClass(byte value, string ranges)
    {
        foreach (string range in ranges.Split(' '))
        {
            int dash = range.IndexOf('-', StringComparison.Ordinal);
            int first = Hex(dash < 0 ? range : range.AsSpan(0, dash)), last = dash < 0 ? first : Hex(range.AsSpan(dash + 1));
            for (int c = first; c <= last; c++)
            {
                _combining[c] = value;
                _active.Add(c);
            }
        }
    }

    void AddDecomposition(int codePoint, char mark, int[] parts)
    {
        if (mark == '~')
        {
            _compatible[codePoint] = parts;
            return;
        }
        _canonical[codePoint] = parts;
        if (mark == '=')
        {
            _compositions[(long)parts[0] << 32 | (uint)parts[1]] = codePoint;
            _active.Add(parts[1]);
        }
        else
        {
            _active.Add(codePoint);
        }
    }

    public byte Combining(int codePoint) => _combining.GetValueOrDefault(codePoint);

    /// <summary>Whether composed text that contains this code point may not be in NFC. Hangul vowels and finals compose by rule.</summary>
    public bool IsActive(int codePoint) => codePoint >= 0x300 && (codePoint is >= 0x1161 and <= 0x11C2 || _active.Contains(codePoint));

    public void Decompose(int codePoint, bool compatible, List<int> output)
    {
        if (codePoint is >= 0xAC00 and <= 0xD7A3)
        {
            int index = codePoint - 0xAC00;
            output.Add(0x1100 + index / 588);
            output.Add(0x1161 + index % 588 / 28);
            if (index % 28 > 0) output.Add(0x11A7 + index % 28);
        }
        else if (_canonical.TryGetValue(codePoint, out int[]? parts) || (compatible && _compatible.TryGetValue(codePoint, out parts)))
        {
            foreach (int part in parts) Decompose(part, compatible, output);
        }
        else
        {
            output.Add(codePoint);
        }
    }

    /// <summary>The composition of two code points, or -1.</summary>
    public int Compose(int first, int second)
    {
        if (first is >= 0x1100 and <= 0x1112 && second is >= 0x1161 and <= 0x1175) return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28;
        if (first is >= 0xAC00 and <= 0xD7A3 && (first - 0xAC00) % 28 == 0 && second is >= 0x11A8 and <= 0x11C2) return first + second - 0x11A7;
        return _compositions.TryGetValue((long)first << 32 | (uint)second, out int composed) ? composed : -1;
    }
}
