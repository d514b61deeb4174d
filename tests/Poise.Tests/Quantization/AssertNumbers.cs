namespace Poise.Tests.Quantization;

static class AssertNumbers
{
    /// <summary>To the bit, except that +0 equals -0. The message names the first difference and counts them.</summary>
    public static void Equal(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        int first = -1, count = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i] == actual[i]) continue;
            if (count++ == 0) first = i;
        }
        if (count != 0) Assert.Fail($"{what}: {count} of {expected.Length} differ; at {first} {expected[first]:R} was expected and {actual[first]:R} found");
    }
}
