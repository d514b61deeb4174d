using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Poise.Tensors.Kernels;

/// <summary>The largest of a row of logits, in one pass. Comparisons round nothing, so any vector width gives the same answer.</summary>
static class LogitScan
{
    const int Lanes = 8;

    /// <summary>
    /// The lowest id that has the largest value; -1 where every value is negative infinity. A NaN anywhere gives the lowest id
    /// that has one, and <c>IsNaN</c>.
    /// </summary>
    public static (int Id, bool IsNaN) Largest(ReadOnlySpan<float> logits)
    {
        ref float first = ref MemoryMarshal.GetReference(logits);
        Vector256<float> best = Vector256.Create(float.NegativeInfinity), broken = Vector256<float>.Zero;
        // Each lane's block; the lane number is added at the end.
        Vector256<int> from = Vector256<int>.Zero;
        int whole = logits.Length - logits.Length % Lanes;
        for (int i = 0; i < whole; i += Lanes)
        {
            Vector256<float> v = Vector256.LoadUnsafe(ref first, (nuint)i);
            Vector256<float> larger = Vector256.GreaterThan(v, best);
            best = Vector256.ConditionalSelect(larger, v, best);
            from = Vector256.ConditionalSelect(larger.AsInt32(), Vector256.Create(i), from);
            broken |= ~Vector256.Equals(v, v);
        }

        bool isNaN = broken.AsInt32() != Vector256<int>.Zero;
        int id = -1;
        float largest = float.NegativeInfinity;
        for (int lane = 0; lane < Lanes; lane++)
        {
            float value = best[lane];
            int at = from[lane] + lane;
            if (value > largest || (value == largest && id >= 0 && at < id)) (largest, id) = (value, at);
        }

        for (int i = whole; i < logits.Length; i++)
        {
            isNaN |= float.IsNaN(logits[i]);
            if (logits[i] > largest) (largest, id) = (logits[i], i);
        }

        return isNaN ? (FirstNaN(logits), true) : (id, false);
    }

    static int FirstNaN(ReadOnlySpan<float> logits)
    {
        int i = 0;
        while (!float.IsNaN(logits[i])) i++;
        return i;
    }
}
