using Poise.Tensors;

namespace Poise.Benchmarks.Listing;

/// <summary>An inner loop that the results depend on.</summary>
/// <param name="Name">What `listing` is asked for.</param>
/// <param name="Method">As the compiler's listing names it.</param>
/// <param name="Rows">Activation rows with which the product runs through it.</param>
/// <param name="BlockBytes">Of a packed block.</param>
/// <param name="What">For people.</param>
/// <param name="Around">Whether the loop meant is the one around the smallest: with one row of activations that one makes a single turn.</param>
sealed record HotLoop(string Name, TensorType Type, string Method, int Rows, int BlockBytes, string What, bool Around = false)
{
    const string AssembledMethod = "assembled";

    /// <summary>Whether it is not the compiler's but assembled at run time.</summary>
    public bool IsAssembled => Method == AssembledMethod;

    /// <summary>Of a block of 32 columns and 16 rows of weights, with one row of activations.</summary>
    public const int BlockProducts = 32 * 16;

    public static IReadOnlyList<HotLoop> All { get; } =
    [
        new("MXFP4-tile", TensorType.MXFP4, "PackedMx:Multiply", 32, 272, "prompts: up to 32 rows of activations share the unpacked weights"),
        new("MXFP4-single", TensorType.MXFP4, "PackedMx:Single", 1, 272, "decoding: one row of activations"),
        new("Q8_0-tile", TensorType.Q8_0, "PackedCodes:Whole", 32, 544, "prompts"),
        new("Q8_0-single", TensorType.Q8_0, "PackedCodes:Whole", 1, 544, "decoding: the loop of blocks, in which that of prompts makes one turn", Around: true),
        new("MXFP4-assembled", TensorType.MXFP4, AssembledMethod, 32, 272, "prompts, where the CPU has AVX-512 VNNI"),
        new("Q8_0-assembled", TensorType.Q8_0, AssembledMethod, 32, 544, "the same of 8 bits"),
        new("Q4_K-tile", TensorType.Q4_K, "PackedNibbles:", 32, 296, "prompts"),
        new("Q6_K-tile", TensorType.Q6_K, "PackedSixBits:", 32, 424, "prompts"),
    ];
}
