using Poise.Core.Library;
using Poise.Core.Models;
using Poise.Core.Training.Adapting;
using Poise.Tensors;
using Poise.Tensors.Formats;

namespace Poise.Core.Pretraining;

/// <summary>
/// A gpt-oss model that has learnt nothing, as a Hugging Face folder in BF16: matrices of normal numbers from Philox, each tensor a stream of its
/// own, norms 1, biases and sinks 0. What is added to the residual stream is divided by sqrt(2 layers) (Radford et al., 2019).
/// </summary>
static class InitialModel
{
    public const string WeightsFile = "model.safetensors";

    /// <param name="tokenizer">A folder with a tokenizer's files, which are copied.</param>
    /// <param name="path">Must not exist.</param>
    public static void Write(GptOssConfig config, InitialPlan plan, string tokenizer, string path)
    {
        using var folder = new AtomicFolder(path);
        foreach (string file in Directory.EnumerateFiles(tokenizer)) AtomicFile.Copy(file, Path.Combine(folder.TemporaryPath, Path.GetFileName(file)));
        HuggingFaceConfigFile.Write(folder.TemporaryPath, config, TensorType.BF16);
        var writer = new SafetensorsWriter { Metadata = { ["format"] = "pt" } };
        foreach (Tensor tensor in Tensors(config)) writer.AddTensor(tensor.Name, TensorType.BF16, tensor.Shape, stream => Adapters.Factors.Write(stream, Values(tensor, config, plan), TensorType.BF16));
        writer.Write(Path.Combine(folder.TemporaryPath, WeightsFile));
        folder.Commit();
    }

    enum Start
    {
        Zero,
        One,
        Normal,

        /// <summary>Of a matrix whose result is added to the residual stream.</summary>
        Residual,
    }

    sealed record Tensor(string Name, Start Start, long[] Shape);

    static float[] Values(Tensor tensor, GptOssConfig config, InitialPlan plan)
    {
        float[] values = Random(tensor, config, plan);
        if (plan.Induction) new InductionHeads(config, plan.Deviation, (name, count) => Normal(plan, name, count)).Put(tensor.Name, values);
        return values;
    }

    static float[] Random(Tensor tensor, GptOssConfig config, InitialPlan plan)
    {
        int count = checked((int)tensor.Shape.Aggregate(1L, (product, size) => checked(product * size)));
        float[] values = tensor.Start is Start.Normal or Start.Residual ? Normal(plan, tensor.Name, count) : new float[count];
        if (tensor.Start == Start.One) values.AsSpan().Fill(1);
        if (tensor.Start is not (Start.Normal or Start.Residual)) return values;
        float factor = (float)(tensor.Start == Start.Residual ? plan.Deviation / Math.Sqrt(2.0 * config.Layers) : plan.Deviation);
        for (int i = 0; i < values.Length; i++) values[i] *= factor;
        return values;
    }

    static float[] Normal(InitialPlan plan, string name, int count)
    {
        float[] values = new float[count];
        StartingValues.Normal(values, unchecked((ulong)plan.Seed), Philox.StreamOf(name));
        return values;
    }

    static IEnumerable<Tensor> Tensors(GptOssConfig config)
    {
        long h = config.HiddenSize, q = (long)config.Heads * config.HeadSize, kv = (long)config.KeyValueHeads * config.HeadSize, e = config.ExpertCount, f = config.IntermediateSize;
        yield return new("model.embed_tokens.weight", Start.Normal, [config.VocabularySize, h]);
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string n = FormattableString.Invariant($"model.layers.{layer}."), a = n + "self_attn.", x = n + "mlp.experts.";
            yield return new(n + "input_layernorm.weight", Start.One, [h]);
            foreach ((string name, long outputs) in ((string, long)[])[("q_proj", q), ("k_proj", kv), ("v_proj", kv)])
            {
                yield return new($"{a}{name}.weight", Start.Normal, [outputs, h]);
                yield return new($"{a}{name}.bias", Start.Zero, [outputs]);
            }

            yield return new(a + "o_proj.weight", Start.Residual, [h, q]);
            yield return new(a + "o_proj.bias", Start.Zero, [h]);
            yield return new(a + "sinks", Start.Zero, [config.Heads]);
            yield return new(n + "post_attention_layernorm.weight", Start.One, [h]);
            yield return new(n + "mlp.router.weight", Start.Normal, [e, h]);
            yield return new(n + "mlp.router.bias", Start.Zero, [e]);
            // Experts lie as [inputs, outputs] in these files.
            yield return new(x + "gate_up_proj", Start.Normal, [e, h, 2 * f]);
            yield return new(x + "gate_up_proj_bias", Start.Zero, [e, 2 * f]);
            yield return new(x + "down_proj", Start.Residual, [e, f, h]);
            yield return new(x + "down_proj_bias", Start.Zero, [e, h]);
        }

        yield return new("model.norm.weight", Start.One, [h]);
        yield return new("lm_head.weight", Start.Normal, [config.VocabularySize, h]);
    }
}
