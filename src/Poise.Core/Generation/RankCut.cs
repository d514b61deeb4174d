using System.Buffers;

namespace Poise.Core.Generation;

/// <summary>
/// Where a ranking by value (largest first, equal values by the lower index) first reaches a given mass: every value above
/// <paramref name="Value"/> is kept, and the first <paramref name="Ties"/> of those that equal it. Found by counting upper and
/// lower halves of the values' bits, so the time is linear whatever the values are.
/// </summary>
readonly record struct RankCut(float Value, int Ties)
{
    const int Buckets = 1 << 16;

    /// <param name="values">Finite or negative infinity.</param>
    /// <param name="weights">The mass of each value, equal for equal values; empty: 1 each.</param>
    /// <param name="need">From 1 to the mass of all values.</param>
    public static RankCut Find(ReadOnlySpan<float> values, ReadOnlySpan<ulong> weights, ulong need)
    {
        ulong[] mass = ArrayPool<ulong>.Shared.Rent(Buckets);
        try
        {
            Array.Clear(mass, 0, Buckets);
            if (weights.IsEmpty)
                foreach (float value in values) mass[Key(value) >> 16]++;
            else
                for (int i = 0; i < values.Length; i++) mass[Key(values[i]) >> 16] += weights[i];
            uint upper = Walk(mass, ref need);

            Array.Clear(mass, 0, Buckets);
            ulong single = 1;
            for (int i = 0; i < values.Length; i++)
            {
                uint key = Key(values[i]);
                if (key >> 16 == upper) mass[key & 0xFFFF] += weights.IsEmpty ? 1 : weights[i];
            }

            uint cut = upper << 16 | Walk(mass, ref need);
            float threshold = Value32(cut);
            if (!weights.IsEmpty) single = weights[values.IndexOf(threshold)];
            return new RankCut(threshold, (int)((need + single - 1) / single));
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(mass);
        }
    }

    /// <summary>Copies indices and values of what is kept, ascending by index. Returns how many.</summary>
    public int Gather(ReadOnlySpan<float> values, Span<int> indices, Span<float> kept)
    {
        int count = 0, ties = Ties;
        for (int i = 0; i < values.Length; i++)
        {
            float value = values[i];
            if (value < Value || (value == Value && --ties < 0)) continue;
            indices[count] = i;
            kept[count++] = value;
        }
        return count;
    }

    /// <summary>The bucket, from the last down, in which the mass reaches the need; leaves what is still needed of that bucket.</summary>
    static uint Walk(ulong[] mass, ref ulong need)
    {
        int bucket = Buckets - 1;
        for (; mass[bucket] < need; bucket--) need -= mass[bucket];
        return (uint)bucket;
    }

    /// <summary>Unsigned keys in the order of the values. Adding zero makes one of the two zeros.</summary>
    static uint Key(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value + 0f);
        return (uint)(bits ^ (bits >> 31 | int.MinValue));
    }

    static float Value32(uint key) => BitConverter.Int32BitsToSingle(key >> 31 == 1 ? (int)(key & 0x7FFFFFFF) : (int)~key);
}
