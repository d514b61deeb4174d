using Poise.Core.Models;

namespace Poise.Core.Adapters;

/// <summary>Reads adapter_config.json: every field is honoured, known to change nothing, or refused by name.</summary>
static class AdapterConfigReader
{
    const int MaximumRank = 1 << 16;
    const int MaximumEntries = 1 << 16;

    static readonly HashSet<string> s_honoured = new(StringComparer.Ordinal)
    {
        "peft_type", "task_type", "r", "lora_alpha", "use_rslora", "use_dora", "lora_bias", "bias", "rank_pattern", "alpha_pattern", "target_modules",
        "exclude_modules", "layers_to_transform", "layers_pattern", "target_parameters", "modules_to_save", "trainable_token_indices", "init_lora_weights",
    };

    /// <summary>They describe, configure training, or belong to a method of starting values.</summary>
    static readonly HashSet<string> s_ignored = new(StringComparer.Ordinal)
    {
        "loftq_config", "eva_config", "corda_config", "lora_ga_config", "lora_dropout", "ensure_weight_tying", "fan_in_fan_out", "base_model_name_or_path",
        "revision", "auto_mapping", "inference_mode", "peft_version", "megatron_core", "qalora_group_size", "runtime_config",
    };

    /// <summary>Fields that mean other mathematics when they are set.</summary>
    static readonly Dictionary<string, string> s_refused = new(StringComparer.Ordinal)
    {
        ["use_qalora"] = "pools the input of quantised layers", ["layer_replication"] = "builds another stack of layers",
        ["alora_invocation_tokens"] = "acts only after certain tokens", ["use_bdlora"] = "has block-diagonal factors",
        ["kasa_config"] = "truncates the base weights", ["monteclora_config"] = "is stochastic", ["arrow_config"] = "routes between adapters",
        ["megatron_config"] = "divides layers over machines", ["velora_config"] = "has tensors of its own for training",
    };

    static readonly string[] s_startingValues = ["gaussian", "orthogonal", "eva", "mica"];

    public static AdapterConfig Read(JsonConfig json)
    {
        if (json.FindString("peft_type") is not "LORA") throw json.Error("peft_type", $"expected \"LORA\", found {Shown(json.FindString("peft_type"))}: Poise reads LoRA adapters only");
        if (json.FindString("task_type") is { } task and not "CAUSAL_LM") throw json.Error("task_type", $"expected \"CAUSAL_LM\", found {Shown(task)}: Poise runs language models only");
        foreach (string key in json.Keys)
        {
            if (s_honoured.Contains(key) || s_ignored.Contains(key) || json.IsOff(key)) continue;
            throw json.Error(key, s_refused.TryGetValue(key, out string? why)
                ? $"this variant {why}; Poise does not support it"
                : "this field is not known to Poise and may change what the adapter computes; a newer version may support it");
        }

        CheckStart(json);
        AdapterConfig config = new()
        {
            Rank = (int)(json.FindInteger("r", 1, MaximumRank) ?? 8),
            Alpha = json.FindNumber("lora_alpha") ?? 8,
            RankStabilized = json.FindBool("use_rslora") ?? false,
            Dora = json.FindBool("use_dora") ?? false,
            LoraBias = json.FindBool("lora_bias") ?? false,
            Bias = (json.FindString("bias") ?? "none") switch
            {
                "none" => AdapterBias.None,
                "all" => AdapterBias.All,
                "lora_only" => AdapterBias.LoraOnly,
                var other => throw json.Error("bias", $"expected \"none\", \"all\" or \"lora_only\", found {Shown(other)}"),
            },
            RankPattern = Pattern(json, "rank_pattern", (values, key) => (int)values.FindInteger(key, 1, MaximumRank)!.Value),
            AlphaPattern = Pattern(json, "alpha_pattern", (values, key) => values.GetNumber(key)),
            TargetModules = Selection(json, "target_modules"),
            AllLinear = IsAllLinear(json.FindStringIfText("target_modules")),
            ExcludeModules = Selection(json, "exclude_modules"),
            Layers = Integers(json, "layers_to_transform", ConfigRules.MaximumLayers),
            LayersPattern = json.FindStringIfText("layers_pattern") is { } one ? one.Length > 0 ? [one] : [] : Strings(json, "layers_pattern"),
            TargetParameters = Strings(json, "target_parameters"),
            ModulesToSave = Strings(json, "modules_to_save"),
            TokenRows = Rows(json),
            Dropout = json.FindNumber("lora_dropout") ?? 0,
            BaseModel = json.FindString("base_model_name_or_path"),
            PeftVersion = json.FindStringIfText("peft_version"),
        };
        CheckTogether(json, config);
        return config;
    }

    // Other methods change the base weights again when PEFT loads them.
    static void CheckStart(JsonConfig json)
    {
        if (!json.Has("init_lora_weights")) return;
        string? method = json.FindStringIfText("init_lora_weights");
        if (method is null) json.FindBool("init_lora_weights");
        else if (!s_startingValues.Contains(method, StringComparer.Ordinal))
            throw json.Error("init_lora_weights", $"{Shown(method)} changes the base weights when the adapter is loaded, or is unknown; convert the adapter to plain LoRA (which says true)");
    }

    static void CheckTogether(JsonConfig json, AdapterConfig config)
    {
        if (config.Layers is not null && config.TargetModules is { IsPattern: true })
            throw json.Error("layers_to_transform", "this goes with a list of target_modules, not with a regular expression");
        if (config.LayersPattern.Count > 0 && config.Layers is null) throw json.Error("layers_pattern", "this goes with layers_to_transform, which is missing");
        if (config.Dora && config.LoraBias) throw json.Error("lora_bias", "DoRA has no bias of its second factor");
        if (config.TargetParameters.Count == 0) return;
        if (config.Dropout != 0) throw json.Error("lora_dropout", "target_parameters excludes dropout");
        if (config.Dora) throw json.Error("use_dora", "target_parameters excludes DoRA");
        if (config.LoraBias) throw json.Error("lora_bias", "target_parameters excludes a bias of the second factor");
    }

    static ModuleSelection? Selection(JsonConfig json, string key)
    {
        if (json.FindStringIfText(key) is { } pattern)
            return pattern.Length == 0 || IsAllLinear(pattern) ? null : new ModuleSelection(Patterns.Check(pattern, json, key), []);
        string[] names = Strings(json, key);
        return names.Length == 0 ? null : new ModuleSelection(null, names);
    }

    static bool IsAllLinear(string? pattern) => string.Equals(pattern, "all-linear", StringComparison.OrdinalIgnoreCase);

    static string[] Strings(JsonConfig json, string key)
    {
        string[] values = json.FindStrings(key) ?? [];
        return values.Length <= MaximumEntries ? values : throw json.Error(key, $"expected at most {MaximumEntries} entries, found {values.Length}");
    }

    static int[]? Integers(JsonConfig json, string key, long maximum)
    {
        if (json.FindIntegers(key) is not { Length: > 0 } values) return null;
        foreach (long value in values)
            if (value < 0 || value > maximum) throw json.Error(key, $"expected 0 to {maximum}, found {value}");
        return [.. values.Select(value => (int)value)];
    }

    static List<KeyValuePair<string, T>> Pattern<T>(JsonConfig json, string key, Func<JsonConfig, string, T> read)
    {
        List<KeyValuePair<string, T>> entries = [];
        if (json.FindObject(key) is not { } values) return entries;
        foreach (string name in values.Keys)
        {
            if (entries.Count == MaximumEntries) throw json.Error(key, $"expected at most {MaximumEntries} entries");
            if (!values.Has(name)) throw values.Error(name, "expected a number, found null");
            entries.Add(new(Patterns.Check(name, json, key), read(values, name)));
        }

        return entries;
    }

    static Dictionary<string, int[]> Rows(JsonConfig json)
    {
        const string Key = "trainable_token_indices";
        var rows = new Dictionary<string, int[]>(StringComparer.Ordinal);
        if (json.IsOff(Key)) return rows;
        if (json.IsArray(Key)) rows.Add("", Integers(json, Key, ConfigRules.MaximumSize)!);
        else
        {
            JsonConfig modules = json.FindObject(Key)!;
            foreach (string module in modules.Keys)
                rows[module] = Integers(modules, module, ConfigRules.MaximumSize) ?? throw modules.Error(module, "expected row numbers");
        }

        return rows;
    }

    static string Shown(string? text) => text is null ? "none" : text.Length <= 40 ? $"\"{text}\"" : $"\"{text[..40]}…\"";
}
