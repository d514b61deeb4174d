using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Quantization;

/// <summary>The two places of the reference files: the project's choice, and the whole set where it is present.</summary>
static class GoldenSet
{
    public const string Project = "project";
    public const string Whole = "whole";

    public static string Path(string set, params string[] parts) =>
        set == Project ? Shared.Golden(["dequant", .. parts]) : Shared.Get(["golden", "dequant", .. parts]);

    public static TinySafetensors Open(string set, params string[] parts) => new(Path(set, parts));

    public static string[] Sets { get; } = [Project, Whole];

    public static TensorType[] Types { get; } =
    [
        TensorType.F16, TensorType.BF16, TensorType.MXFP4,
        TensorType.Q4_0, TensorType.Q4_1, TensorType.Q5_0, TensorType.Q5_1, TensorType.Q8_0,
        TensorType.Q2_K, TensorType.Q3_K, TensorType.Q4_K, TensorType.Q5_K, TensorType.Q6_K,
        TensorType.IQ4_NL, TensorType.IQ4_XS,
    ];

    public static TheoryData<string> SetsOnly => [.. Sets];

    public static TheoryData<string, TensorType> SetsAndTypes
    {
        get
        {
            var data = new TheoryData<string, TensorType>();
            foreach (string set in Sets)
                foreach (TensorType type in Types) data.Add(set, type);
            return data;
        }
    }
}
