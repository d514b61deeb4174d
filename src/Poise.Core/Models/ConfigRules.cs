using System.Globalization;
using Poise.Tensors;

namespace Poise.Core.Models;

/// <summary>The limits within which every configuration must lie before memory is reserved for it.</summary>
static class ConfigRules
{
    /// <summary>Of any width, context or vocabulary: sixteen times the largest published vocabulary.</summary>
    public const int MaximumSize = 1 << 24;

    public const int MaximumLayers = 1000;
    public const int MaximumHeads = 4096;
    public const int MaximumExperts = 4096;

    /// <summary>The width of one head: stated, or the hidden size shared out among the heads.</summary>
    public static int HeadSize(string file, string headsField, int? stated, int hiddenSize, int heads)
    {
        if (stated is { } size) return size;
        if (hiddenSize % heads != 0) throw new ModelFileException(file, headsField, $"{heads} heads do not divide the width {hiddenSize}");
        return hiddenSize / heads;
    }

    /// <summary>Head counts and head width that attention can be computed with.</summary>
    public static void CheckHeads(string file, string headsField, string keyValueField, int heads, int keyValueHeads, int headSize, bool rotary)
    {
        if (keyValueHeads > heads || heads % keyValueHeads != 0)
            throw new ModelFileException(file, keyValueField, $"{keyValueHeads} key-value heads do not divide {heads} heads");
        if ((long)heads * headSize > MaximumSize)
            throw new ModelFileException(file, headsField, $"{heads} heads of {headSize} are wider than {MaximumSize}");
        if (rotary && headSize % 2 != 0)
            throw new ModelFileException(file, headsField, $"rotary position needs an even head size, found {headSize}");
    }

    /// <summary>A norm's epsilon: above 0, and small. Held as F32, which is what GGUF stores and the published code computes with.</summary>
    public static float Epsilon(string file, string field, double? value)
    {
        if (value is not { } epsilon) throw new ModelFileException(file, field, "this key is missing; expected a number above 0");
        if (!((float)epsilon > 0 && epsilon <= 1))
            throw new ModelFileException(file, field, $"expected a number above 0, at most 1, found {epsilon.ToString(CultureInfo.InvariantCulture)}");
        return (float)epsilon;
    }
}
