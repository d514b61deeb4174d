using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Adapters;

/// <summary>What a tensor of a PEFT file is for.</summary>
enum PeftRole
{
    A, B, BBias, EmbeddingA, EmbeddingB, Magnitude, BaseWeight, BaseBias, TokenRows, Parameter,
}

/// <summary>A tensor of a PEFT file.</summary>
/// <param name="Module">The module's path, without wrappers; of a parameter its full name.</param>
/// <param name="Depth">How many wrappers lie around it: the order of expert matrices.</param>
sealed record PeftTensor(StoredTensor Stored, string Module, PeftRole Role, int Depth)
{
    public const string Prefix = "base_model.model.";
    public const string Wrapper = ".base_layer";

    /// <summary>The endings of names; also what a writer appends.</summary>
    public static readonly IReadOnlyDictionary<PeftRole, string> Suffixes = new Dictionary<PeftRole, string>
    {
        [PeftRole.A] = ".lora_A.weight", [PeftRole.B] = ".lora_B.weight", [PeftRole.BBias] = ".lora_B.bias",
        [PeftRole.EmbeddingA] = ".lora_embedding_A", [PeftRole.EmbeddingB] = ".lora_embedding_B", [PeftRole.Magnitude] = ".lora_magnitude_vector",
        [PeftRole.BaseWeight] = ".base_layer.weight", [PeftRole.BaseBias] = ".base_layer.bias", [PeftRole.TokenRows] = ".token_adapter.trainable_tokens_delta",
    };

    public static PeftTensor Parse(StoredTensor stored)
    {
        if (!stored.Name.StartsWith(Prefix, StringComparison.Ordinal))
            throw new ModelFileException(stored.File, ErrorText.Clean(stored.Name), $"the name does not begin with \"{Prefix}\", as PEFT's do");
        if (stored.Type is not (TensorType.F32 or TensorType.F16 or TensorType.BF16 or TensorType.F64))
            throw new ModelFileException(stored.File, ErrorText.Clean(stored.Name), $"expected F32, F16 or BF16, found {stored.Type}");
        string name = stored.Name[Prefix.Length..];
        foreach ((PeftRole role, string suffix) in Suffixes)
        {
            if (!name.EndsWith(suffix, StringComparison.Ordinal)) continue;
            string module = name[..^suffix.Length];
            int depth = 0;
            for (; module.EndsWith(Wrapper, StringComparison.Ordinal); depth++) module = module[..^Wrapper.Length];
            return new PeftTensor(stored, module, role, depth);
        }

        return new PeftTensor(stored, name, PeftRole.Parameter, 0);
    }

    /// <summary>The values, all finite, of exactly this shape.</summary>
    public float[] Values(params ReadOnlySpan<long> shape)
    {
        if (!Stored.Shape.AsSpan().SequenceEqual(shape))
            throw Error($"expected shape [{string.Join(", ", shape.ToArray())}], found [{string.Join(", ", Stored.Shape)}]");
        float[] values = Stored.ToFloats();
        int wrong = Array.FindIndex(values, value => !float.IsFinite(value));
        return wrong < 0 ? values : throw Error($"element {wrong} is {(float.IsNaN(values[wrong]) ? "not a number" : "infinite")}");
    }

    public ModelFileException Error(string problem) => new(Stored.File, ErrorText.Clean(Stored.Name), problem);
}
