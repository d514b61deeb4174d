using Poise.Tensors;

namespace Poise.Core.Models;

/// <summary>The table of architectures: one row each.</summary>
public static class Architectures
{
    static readonly Architecture[] s_all =
    [
        new()
        {
            Name = GptOssConfig.Name, HuggingFaceNames = ["GptOssForCausalLM", "gpt_oss"], GgufNames = ["gpt-oss", "gptoss"],
            FromHuggingFace = GptOssConfig.FromHuggingFace, FromGguf = GptOssConfig.FromGguf, FromOriginal = GptOssConfig.FromOriginal, Load = GptOss.Load,
        },
        new()
        {
            Name = LlamaConfig.Name, HuggingFaceNames = ["LlamaForCausalLM", "llama"], GgufNames = ["llama"],
            FromHuggingFace = LlamaConfig.FromHuggingFace, FromGguf = LlamaConfig.FromGguf, Load = Llama.Load,
        },
        new()
        {
            Name = Gpt2Config.Name, HuggingFaceNames = ["GPT2LMHeadModel", "gpt2"], GgufNames = ["gpt2"],
            FromHuggingFace = Gpt2Config.FromHuggingFace, FromGguf = Gpt2Config.FromGguf, Load = Gpt2.Load,
        },
        new()
        {
            Name = Gemma2Config.Name, HuggingFaceNames = ["Gemma2ForCausalLM", "gemma2"], GgufNames = ["gemma2"],
            FromHuggingFace = Gemma2Config.FromHuggingFace, FromGguf = Gemma2Config.FromGguf, Load = Gemma2.Load,
        },
        new()
        {
            Name = Qwen3MoeConfig.Name, HuggingFaceNames = ["Qwen3MoeForCausalLM", "qwen3_moe"], GgufNames = ["qwen3moe"],
            FromHuggingFace = Qwen3MoeConfig.FromHuggingFace, FromGguf = Qwen3MoeConfig.FromGguf, Load = Qwen3Moe.Load,
        },
        new()
        {
            Name = DeepSeekConfig.Name, HuggingFaceNames = ["DeepseekV3ForCausalLM", "deepseek_v3", "DeepseekV2ForCausalLM", "deepseek_v2"], GgufNames = ["deepseek2"],
            FromHuggingFace = DeepSeekConfig.FromHuggingFace, FromGguf = DeepSeekConfig.FromGguf, Load = DeepSeek.Load,
        },
    ];

    /// <summary>Families that are recognised and refused: how files begin to name them, and what people call them.</summary>
    static readonly (string Prefix, string Name)[] s_known =
    [
        ("llama4", "Llama 4"), ("mixtral", "Mixtral"), ("mistral", "Mistral"), ("ministral", "Ministral"),
        ("qwen3", "Qwen 3"), ("qwen2moe", "Qwen 2 MoE"), ("qwen2", "Qwen 2"), ("qwen", "Qwen"),
        ("deepseek", "DeepSeek"), ("gemma3n", "Gemma 3n"), ("gemma3", "Gemma 3"), ("gemma", "Gemma"),
        ("grok", "Grok"), ("phi", "Phi"), ("falcon", "Falcon"), ("gptneox", "GPT-NeoX"), ("gptj", "GPT-J"), ("gpt_neox", "GPT-NeoX"),
        ("mamba", "Mamba"), ("granite", "Granite"), ("olmo", "OLMo"), ("glm", "GLM"), ("chatglm", "ChatGLM"), ("command-r", "Command R"),
        ("cohere", "Command R"), ("starcoder", "StarCoder"), ("bert", "BERT (an encoder)"), ("t5", "T5 (an encoder-decoder)"), ("clip", "CLIP (an image encoder)"),
    ];

    public static IReadOnlyList<Architecture> All => s_all;

    /// <summary>The names of all rows, for messages.</summary>
    public static string Supported => string.Join(", ", s_all.Select(a => a.Name));

    public static Architecture Get(string name) => s_all.First(a => a.Name == name);

    /// <summary>By <c>architectures[0]</c>, else by <c>model_type</c>.</summary>
    public static Architecture FromHuggingFace(JsonConfig config)
    {
        string? declared = config.FindStrings("architectures")?.FirstOrDefault() ?? config.FindString("model_type");
        if (declared is null) throw config.Error("architectures", $"this key is missing; expected the name of an architecture ({Supported})");
        return s_all.FirstOrDefault(a => a.HuggingFaceNames.Contains(declared, StringComparer.Ordinal))
            ?? throw Unsupported(config.File, config.Has("architectures") ? "architectures" : "model_type", declared);
    }

    /// <summary>By <c>general.architecture</c>.</summary>
    public static Architecture FromGguf(string file, string declared) =>
        s_all.FirstOrDefault(a => a.GgufNames.Contains(declared, StringComparer.Ordinal)) ?? throw Unsupported(file, "general.architecture", declared);

    static ModelFileException Unsupported(string file, string field, string declared)
    {
        string? known = s_known.FirstOrDefault(k => declared.StartsWith(k.Prefix, StringComparison.OrdinalIgnoreCase)).Name;
        string shown = declared.Length <= 60 ? declared : declared[..60] + "…";
        return new ModelFileException(file, field, $"architecture '{shown}'{(known is null ? "" : $" ({known})")} is not supported; Poise runs {Supported}");
    }
}
