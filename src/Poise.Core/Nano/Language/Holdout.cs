using Poise.Tensors;

namespace Poise.Core.Nano.Language;

/// <summary>Parts what can be made in any number (sums, numbers) between training and held-out tests, by a hash of its letters.</summary>
static class Holdout
{
    /// <summary>One of so many is held out.</summary>
    const ulong Share = 8;

    // The low bits of FNV-1a hardly mix.
    public static Split Of(string text) => (Philox.StreamOf(text) >> 40) % Share == 0 ? Split.HeldOut : Split.Training;

    /// <summary>Draws until something belongs to the split; what has no text belongs to both.</summary>
    public static T Draw<T>(Split split, Func<T> draw, Func<T, string?> text)
    {
        while (true)
        {
            T drawn = draw();
            if (text(drawn) is not { } letters || Of(letters) == split) return drawn;
        }
    }
}
