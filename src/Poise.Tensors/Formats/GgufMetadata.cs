using System.Collections;
using System.Globalization;

namespace Poise.Tensors.Formats;

/// <summary>
/// The key-value pairs of a GGUF file. A value is a <see cref="ulong"/>, <see cref="long"/>, <see cref="float"/>, <see cref="double"/>,
/// <see cref="bool"/>, <see cref="string"/> or an array of one of the types byte, sbyte, ushort, short, uint, int, ulong, long, float, double, bool, string.
/// Scalars of any unsigned width are held as <see cref="ulong"/>, signed as <see cref="long"/>. Getters check type and range and name the file and the key.
/// </summary>
public sealed class GgufMetadata : IReadOnlyCollection<KeyValuePair<string, object>>
{
    readonly Dictionary<string, object> _values;

    public GgufMetadata(string file, IEnumerable<KeyValuePair<string, object>> values)
    {
        File = file;
        _values = new Dictionary<string, object>(values, StringComparer.Ordinal);
    }

    public string File { get; }

    public int Count => _values.Count;

    public object? Find(string key) => _values.GetValueOrDefault(key);

    public bool Has(string key) => _values.ContainsKey(key);

    public string? FindString(string key) => Find(key) switch
    {
        null => null,
        string s => s,
        var other => throw Wrong(key, "a string", other),
    };

    public string GetString(string key) => FindString(key) ?? throw Missing(key, "a string");

    /// <summary>An integer of any stored width; null where the key is absent.</summary>
    public long? FindInteger(string key, long minimum = 0, long maximum = int.MaxValue)
    {
        long? value = Find(key) switch
        {
            null => null,
            ulong u when u <= long.MaxValue => (long)u,
            long l => l,
            ulong u => throw new ModelFileException(File, key, $"expected at most {maximum}, found {u}"),
            var other => throw Wrong(key, "an integer", other),
        };
        if (value is { } v && (v < minimum || v > maximum))
            throw new ModelFileException(File, key, $"expected {minimum} to {maximum}, found {v}");
        return value;
    }

    public int GetInteger(string key, int minimum = 0, int maximum = int.MaxValue) =>
        (int)(FindInteger(key, minimum, maximum) ?? throw Missing(key, "an integer"));

    /// <summary>A finite number (float or integer); null where the key is absent.</summary>
    public double? FindNumber(string key)
    {
        double? value = Find(key) switch
        {
            null => null,
            float f => f,
            double d => d,
            ulong u => u,
            long l => l,
            var other => throw Wrong(key, "a number", other),
        };
        if (value is { } v && !double.IsFinite(v))
            throw new ModelFileException(File, key, $"expected a finite number, found {v.ToString(CultureInfo.InvariantCulture)}");
        return value;
    }

    public double GetNumber(string key) => FindNumber(key) ?? throw Missing(key, "a number");

    public bool? FindBool(string key) => Find(key) switch
    {
        null => null,
        bool b => b,
        var other => throw Wrong(key, "a bool", other),
    };

    public string[]? FindStrings(string key) => Find(key) switch
    {
        null => null,
        string[] s => s,
        var other => throw Wrong(key, "an array of strings", other),
    };

    /// <summary>An array of integers of any width.</summary>
    public long[]? FindIntegers(string key) => Find(key) switch
    {
        null => null,
        byte[] a => Array.ConvertAll(a, x => (long)x),
        sbyte[] a => Array.ConvertAll(a, x => (long)x),
        ushort[] a => Array.ConvertAll(a, x => (long)x),
        short[] a => Array.ConvertAll(a, x => (long)x),
        uint[] a => Array.ConvertAll(a, x => (long)x),
        int[] a => Array.ConvertAll(a, x => (long)x),
        long[] a => a,
        ulong[] a => Array.ConvertAll(a, x => x <= long.MaxValue ? (long)x : throw new ModelFileException(File, key, $"{x} is too large")),
        var other => throw Wrong(key, "an array of integers", other),
    };

    public float[]? FindFloats(string key) => Find(key) switch
    {
        null => null,
        float[] f => f,
        double[] d => Array.ConvertAll(d, x => (float)x),
        var other => throw Wrong(key, "an array of floats", other),
    };

    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    ModelFileException Missing(string key, string what) => new(File, key, $"this key is missing; expected {what}");

    ModelFileException Wrong(string key, string expected, object found) =>
        new(File, key, $"expected {expected}, found {(found is Array a ? $"an array of {found.GetType().GetElementType()!.Name} [{a.Length}]" : found.GetType().Name)}");
}
