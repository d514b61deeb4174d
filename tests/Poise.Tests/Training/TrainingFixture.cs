using Poise.Core.Training;
using Poise.Tensors;

namespace Poise.Tests.Training;

/// <summary>Parameters with reproducible values.</summary>
static class TrainingFixture
{
    /// <summary>Names that decay and names that do not; sizes that fill no vector and no piece.</summary>
    public static Parameter[] Parameters(ulong seed = 1) =>
    [
        Parameter("layers.0.q_proj.weight", seed, 7, 13),
        Parameter("layers.0.q_proj.bias", seed, 5),
        Parameter("layers.0.input_layernorm.weight", seed, 33),
        Parameter("layers.0.experts.down_proj", seed, 2, 61, 301),
    ];

    public static Parameter Parameter(string name, ulong seed, params long[] shape)
    {
        int columns = (int)shape[^1], rows = (int)(shape.Aggregate(1L, (a, b) => a * b) / columns);
        var parameter = new Parameter(name, shape, new FloatRows(columns).Resize(rows));
        Fill(parameter.Value.All, seed, name);
        return parameter;
    }

    public static void FillGradients(IEnumerable<Parameter> parameters, ulong seed)
    {
        foreach (Parameter parameter in parameters) Fill(parameter.Gradient.All, seed, "gradient " + parameter.Name);
    }

    /// <summary>Between -1 and 1, most of them small: gradients are like that, and squares of small ones are where rounding shows.</summary>
    public static void Fill(Span<float> values, ulong seed, string stream)
    {
        for (int i = 0; i < values.Length; i++)
        {
            uint word = Philox.Generate(seed, Philox.StreamOf(stream), (ulong)i).X0;
            float uniform = (int)word * (1f / (1L << 31));
            values[i] = uniform * uniform * uniform;
        }
    }

    public static void Dispose(IEnumerable<Parameter> parameters)
    {
        foreach (Parameter parameter in parameters) parameter.Dispose();
    }
}
