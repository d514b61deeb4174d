using Poise.Tensors;

namespace Poise.Core.Library;

/// <summary>What the numbers of a synthetic tensor look like: uniform around a mean, so that activations stay finite whatever the depth.</summary>
/// <param name="Shape">Outermost dimension first.</param>
/// <param name="Mean">1 for norms, else 0.</param>
/// <param name="Deviation">Standard deviation of the values.</param>
/// <param name="Values">The values themselves, for the few tensors that are not random.</param>
sealed record SyntheticTensor(string Name, TensorType Type, long[] Shape, float Mean, float Deviation, float[]? Values = null)
{
    const float BiasDeviation = 0.02f;
    const float NormDeviation = 0.03f;

    public long Elements => Shape.Aggregate(1L, (product, dimension) => checked(product * dimension));

    /// <summary>Exponents are bytes in published files.</summary>
    public TensorType StoredType => Type == TensorType.F8_E8M0 ? TensorType.U8 : Type;

    /// <summary>Throws where a row is not a whole number of blocks.</summary>
    public SyntheticTensor Check()
    {
        int block = SyntheticCodes.Get(Type).StorageBlock(Type);
        return Shape[^1] % block == 0 ? this
            : throw new PoiseException($"{Name}: rows of {Shape[^1]} are not a whole number of blocks of {block}; choose another type than {Type}.");
    }

    public long ByteLength => checked(Elements * SyntheticCodes.Get(Type).BlockBytes / SyntheticCodes.Get(Type).BlockElements);

    /// <summary>A matrix whose last dimension is summed over: 1/sqrt(that) keeps the size of what passes through.</summary>
    public static SyntheticTensor Weight(string name, TensorType type, params long[] shape) => Weight(name, type, shape, shape[^1]);

    /// <summary>A matrix stored [in, out] or in groups, with its fan-in named.</summary>
    public static SyntheticTensor Weight(string name, TensorType type, long[] shape, long fanIn) => new(name, type, shape, 0, 1 / MathF.Sqrt(fanIn));

    public static SyntheticTensor Embedding(string name, TensorType type, params long[] shape) => new(name, type, shape, 0, 0.02f);

    public static SyntheticTensor Bias(string name, TensorType type, params long[] shape) => new(name, type, shape, 0, BiasDeviation);

    public static SyntheticTensor Norm(string name, TensorType type, params long[] shape) => new(name, type, shape, 1, NormDeviation);
}
