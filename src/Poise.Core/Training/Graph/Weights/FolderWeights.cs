using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;

namespace Poise.Core.Training.Graph;

/// <summary>The tensors of a Hugging Face folder.</summary>
sealed class FolderWeights(Checkpoint checkpoint) : BaseWeights
{
    const string Gpt2Root = "transformer.";

    public override bool HasOptionalBiases => false;

    public override bool Has(string name) => checkpoint.Has(name) || checkpoint.Has($"{name}_blocks");

    public override MatrixSource Matrix(string name, int outputs, int inputs) => MatrixSource.FromTensor(Get(name), outputs, inputs);

    public override MatrixSource Conv1D(string name, int outputs, int inputs) => MatrixSource.FromTransposed(Get(name), outputs, inputs, outputs);

    public override MatrixSource[] Experts(string name, int experts, int outputs, int inputs) => [.. Enumerable.Range(0, experts).Select(e => checkpoint.Has($"{name}_blocks")
        ? MatrixSource.FromMxPair(Get($"{name}_blocks"), Get($"{name}_scales"), outputs, inputs, (long)e * outputs)
        : MatrixSource.FromTransposed(Get(name), outputs, inputs, outputs, (long)e * inputs * outputs))];

    public override float[] Values(string name, params ReadOnlySpan<long> shape) => Trainable(name, shape).ToFloats();

    public override StoredTensor Trainable(string name, params ReadOnlySpan<long> shape)
    {
        if (checkpoint.Has($"{name}_blocks")) throw new PoiseException($"{name} is stored as MXFP4, which cannot be trained; train adapters, or start from BF16 weights.");
        StoredTensor tensor = Get(name);
        return tensor.Shape.AsSpan().SequenceEqual(shape) ? tensor
            : throw new ModelFileException(tensor.File, tensor.Name, $"expected [{string.Join(", ", shape.ToArray())}], found [{string.Join(", ", tensor.Shape)}]");
    }

    // The files of GPT-2's publisher have no prefix.
    StoredTensor Get(string name) => name.StartsWith(Gpt2Root, StringComparison.Ordinal) && !checkpoint.Has(name) ? checkpoint.Get(name[Gpt2Root.Length..]) : checkpoint.Get(name);
}
