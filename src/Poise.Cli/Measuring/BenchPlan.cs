using Poise.Cli.Host;
using Poise.Cli.Output;
using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Cli.Measuring;

/// <summary>Which measurements a command line asks for, and whether model and machine can take them.</summary>
static class BenchPlan
{
    const int UsualPrompt = 256, UsualDecode = 32;

    /// <summary>Every combination, prompts first, smallest batch first. Null stands for what was not asked for, and gives way to a small context.</summary>
    /// <param name="prompts">0 in it, or as <paramref name="decode"/>, measures nothing.</param>
    public static IReadOnlyList<Measurement> Make(ModelConfig config, int[]? prompts, int? decode, int[] depths, int[] batches)
    {
        int context = config.ContextLength;
        prompts ??= [Math.Clamp(context - 1, 0, UsualPrompt)];
        List<Measurement> plan = [.. from tokens in prompts where tokens > 0 from batch in batches select new Measurement(false, tokens, 0, batch)];
        if (decode != 0)
            plan.AddRange(from depth in depths from batch in batches select Decode(context, decode, depth, batch));
        if (plan.Count == 0) throw new UsageException("--prompt 0 and --decode 0 leave nothing to measure.");
        foreach (Measurement measurement in plan)
            if (measurement.Context > context) throw new PoiseException(TooLong(measurement, context));
        return plan;
    }

    /// <summary>Throws where weights, and keys and values of the largest measurement, do not fit into <paramref name="available"/> bytes.</summary>
    public static void CheckMemory(ModelPackage package, LoadOptions options, IReadOnlyList<Measurement> plan, long available)
    {
        long weights = options.Placement == WeightPlacement.Packed ? MemoryForecast.Of(package, options).WeightBytes : 0;
        int bytes = options.Activations == ActivationPrecision.F32 ? 4 : 2;
        foreach (Measurement measurement in plan)
        {
            long needed = KeyValueBytes(package.Config, measurement, bytes);
            if (weights + needed <= available) continue;
            string beside = weights > 0 ? $" beside {Quantity.Bytes(weights)} of weights" : "";
            string remedy = (measurement.Batch, measurement.IsDecode) switch
            {
                (> 1, true) => "take a smaller --batch or --depth",
                (> 1, false) => "take a smaller --batch or --prompt",
                (_, true) => "take a smaller --depth",
                _ => "take a smaller --prompt",
            };
            throw new PoiseException($"{measurement.Label} with a batch of {Quantity.Count(measurement.Batch)} needs {Quantity.Bytes(needed)} of KV cache{beside}, "
                + $"and {Quantity.Bytes(available)} are available: {remedy}, or close other programs");
        }
    }

    // What is kept between rounds of decoding is kept whole, in windowed layers too.
    static long KeyValueBytes(ModelConfig config, Measurement measurement, int bytesPerElement) => measurement.IsDecode
        ? checked(config.KeyValueBytes(1, bytesPerElement) * measurement.Context * measurement.Batch)
        : checked(config.KeyValueBytes(measurement.Context, bytesPerElement) * measurement.Batch);

    static Measurement Decode(int context, int? asked, int depth, int batch)
    {
        var usual = new Measurement(true, asked ?? UsualDecode, depth, batch);
        int excess = usual.Context - context;
        return asked is null && excess > 0 && excess < usual.Tokens ? usual with { Tokens = usual.Tokens - excess } : usual;
    }

    static string TooLong(Measurement measurement, int context)
    {
        string what = measurement.IsDecode
            ? $"--depth {measurement.Depth} with --decode {measurement.Tokens} and a batch of {measurement.Batch}"
            : $"--prompt {measurement.Tokens}";
        return $"{what} needs a context of {Quantity.Count(measurement.Context)} tokens, and this model's is {Quantity.Count(context)}";
    }
}
