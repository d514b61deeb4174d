namespace Poise.Tensors.Kernels.Reference;

/// <summary>What <see cref="Exponential"/> and <see cref="ElementWise"/> compute, one element at a time.</summary>
static class ScalarFunctions
{
    /// <summary>e^x = 2^n * e^r with n = round(x / ln 2) and a polynomial in r.</summary>
    public static float Exp(float x)
    {
        // Written so that NaN gives the bound, as the vector instructions do.
        x = x > -104f ? x : -104f;
        x = x < 89f ? x : 89f;
        float n = MathF.FusedMultiplyAdd(x, 1.44269504f, Exponential.Rounder) - Exponential.Rounder;
        float r = MathF.FusedMultiplyAdd(n, -0.693359375f, x);
        r = MathF.FusedMultiplyAdd(n, 2.12194440e-4f, r);
        ReadOnlySpan<float> coefficients = [1f / 720, 1f / 120, 1f / 24, 1f / 6, 0.5f, 1f, 1f];
        float p = 1f / 5040;
        foreach (float c in coefficients) p = MathF.FusedMultiplyAdd(p, r, c);
        float half = MathF.FusedMultiplyAdd(n, 0.5f, Exponential.Rounder) - Exponential.Rounder;
        return p * PowerOfTwo((int)half) * PowerOfTwo((int)(n - half));
    }

    /// <summary>1 / (1 + e^-x).</summary>
    public static float Sigmoid(float x) => 1f / (1f + Exp(0f - x));

    public static float SiluGate(float gate, float up) => gate * Sigmoid(gate) * up;

    public static float ClampedSwiGlu(float gate, float up, float limit)
    {
        float g = gate < limit ? gate : limit;
        float u = up < limit ? up : limit;
        u = u > -limit ? u : -limit;
        return g * Sigmoid(g * 1.702f) * (u + 1f);
    }

    public static float GeluTanh(float x)
    {
        float cubic = MathF.FusedMultiplyAdd(x * x, 0.044715f, 1f) * x;
        return x * Sigmoid(cubic * (2 * 0.7978845608028654f));
    }

    static float PowerOfTwo(int n) => BitConverter.Int32BitsToSingle((n + 127) << 23);
}
