using System.Globalization;
using Poise.Core.Layers;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Models;

/// <summary>What GGUF metadata states in the same way for every family, under keys that begin with the architecture's name.</summary>
sealed class GgufKeys
{
    readonly GgufMetadata _metadata;
    readonly Checkpoint _checkpoint;

    public GgufKeys(GgufMetadata metadata, Checkpoint checkpoint)
    {
        _metadata = metadata;
        _checkpoint = checkpoint;
        Prefix = metadata.GetString("general.architecture");
    }

    public string File => _metadata.File;

    /// <summary>The architecture as the file spells it.</summary>
    public string Prefix { get; }

    public string Key(string name) => $"{Prefix}.{name}";

    public int Integer(string name, int minimum, int maximum) => FindInteger(name, minimum, maximum)
        ?? throw new ModelFileException(File, Key(name), "this key is missing; expected an integer");

    /// <summary>An integer; or an array with one entry a layer, which must then all be the same.</summary>
    public int? FindInteger(string name, int minimum, int maximum)
    {
        string key = Key(name);
        if (_metadata.Find(key) is not Array) return (int?)_metadata.FindInteger(key, minimum, maximum);
        long[] values = _metadata.FindIntegers(key)!;
        if (values.Length == 0 || values.Any(v => v != values[0]))
            throw new ModelFileException(File, key, "expected the same number for every layer");
        if (values[0] < minimum || values[0] > maximum)
            throw new ModelFileException(File, key, $"expected {minimum} to {maximum}, found {values[0]}");
        return (int)values[0];
    }

    public bool? FindBool(string name) => _metadata.FindBool(Key(name));

    public double? FindNumber(string name) => _metadata.FindNumber(Key(name));

    public float Epsilon(string name) => ConfigRules.Epsilon(File, Key(name), FindNumber(name));

    public bool HasTensor(string name) => _checkpoint.Has(name);

    /// <summary>The width of a head's key, which its value must share.</summary>
    public int HeadSize(int hiddenSize, int heads)
    {
        int? key = FindInteger("attention.key_length", 1, ConfigRules.MaximumSize);
        int size = ConfigRules.HeadSize(File, Key("attention.head_count"), key, hiddenSize, heads);
        int? value = FindInteger("attention.value_length", 1, ConfigRules.MaximumSize);
        if (value is { } width && width != size)
            throw new ModelFileException(File, Key("attention.value_length"), $"expected {size} as for keys, found {width}");
        return size;
    }

    /// <summary>Rotary base and scaling. <paramref name="truncate"/>: whether this family rounds the ends of YaRN's ramp (no key says so).</summary>
    public (double Base, RopeScaling Scaling) Rope(int headSize, int contextLength, bool truncate)
    {
        if (FindInteger("rope.dimension_count", 1, ConfigRules.MaximumSize) is { } rotated)
        {
            if (rotated % 2 != 0) throw new ModelFileException(File, Key("rope.dimension_count"), $"expected an even number, found {rotated}");
            if (rotated != headSize)
                throw new ModelFileException(File, Key("rope.dimension_count"), $"expected the whole head of {headSize} to be rotated, found {rotated}");
        }
        double rotaryBase = FindNumber("rope.freq_base") ?? 10000;
        if (rotaryBase is not (> 1 and <= 1e15))
            throw new ModelFileException(File, Key("rope.freq_base"), string.Create(CultureInfo.InvariantCulture, $"expected a number above 1, found {rotaryBase}"));
        RopeScaling scaling = Scaling(contextLength, truncate).Check(File, Key("rope.scaling"));
        if (scaling.Kind == RopeScalingKind.None && HasTensor("rope_freqs.weight")) scaling = RopeScaling.Divisors;
        return (rotaryBase, scaling);
    }

    /// <summary>Rows of the embedding table, checked against the vocabulary that the file brings.</summary>
    public int VocabularySize(int hiddenSize)
    {
        StoredTensor table = _checkpoint.Get("token_embd.weight");
        if (table.Shape.Length != 2 || table.Shape[1] != hiddenSize || table.Shape[0] is < 1 or > ConfigRules.MaximumSize)
            throw new ModelFileException(File, "token_embd.weight", $"expected [vocabulary, {hiddenSize}], found [{string.Join(", ", table.Shape)}]");
        int rows = (int)table.Shape[0];
        if (FindInteger("vocab_size", 1, ConfigRules.MaximumSize) is { } stated && stated != rows)
            throw new ModelFileException(File, Key("vocab_size"), $"expected {rows}, the rows of token_embd.weight, found {stated}");
        CheckVocabulary(rows);
        return rows;
    }

    void CheckVocabulary(int rows)
    {
        if (_metadata.FindStrings("tokenizer.ggml.tokens") is not { } tokens) return;
        if (tokens.Length > rows)
            throw new ModelFileException(File, "tokenizer.ggml.tokens", $"expected at most {rows} tokens, the rows of token_embd.weight, found {tokens.Length}");
        if (_metadata.FindFloats("tokenizer.ggml.scores") is { } scores && scores.Length != tokens.Length)
            throw new ModelFileException(File, "tokenizer.ggml.scores", $"expected {tokens.Length} scores, one a token, found {scores.Length}");
        if (_metadata.FindIntegers("tokenizer.ggml.token_type") is { } types && types.Length != tokens.Length)
            throw new ModelFileException(File, "tokenizer.ggml.token_type", $"expected {tokens.Length} types, one a token, found {types.Length}");
    }

    RopeScaling Scaling(int contextLength, bool truncate)
    {
        string? kind = _metadata.FindString(Key("rope.scaling.type"));
        // Files of 2023 state only the linear factor.
        double? factor = FindNumber("rope.scaling.factor") ?? FindNumber("rope.scale_linear");
        switch (kind ?? (factor is null ? "none" : "linear"))
        {
            case "none":
                return RopeScaling.None;
            case "linear":
                // Converters write "linear" without a factor, or with factor 0 or 1, for models without scaling.
                return factor is null or 0 or 1 ? RopeScaling.None : new RopeScaling { Kind = RopeScalingKind.Linear, Factor = factor.Value };
            case "yarn":
                if (FindNumber("rope.scaling.yarn_ext_factor") is { } extrapolation and >= 0 && extrapolation != 1)
                    throw new ModelFileException(File, Key("rope.scaling.yarn_ext_factor"), string.Create(CultureInfo.InvariantCulture, $"expected 1, found {extrapolation}"));
                double stretch = factor ?? throw new ModelFileException(File, Key("rope.scaling.factor"), "this key is missing; expected a number");
                return RopeScaling.Yarn(
                    stretch,
                    FindInteger("rope.scaling.original_context_length", 1, ConfigRules.MaximumSize) ?? contextLength,
                    FindNumber("rope.scaling.yarn_beta_fast") ?? 32,
                    FindNumber("rope.scaling.yarn_beta_slow") ?? 1,
                    truncate,
                    // ggml forms 0.1 ln f + 1 by itself and multiplies it by this key.
                    RopeScaling.Magnitude(stretch, 1) * (FindNumber("rope.scaling.yarn_attn_factor") ?? 1));
            default:
                throw new ModelFileException(File, Key("rope.scaling.type"), $"scaling '{kind}' is not supported; expected none, linear or yarn");
        }
    }
}
