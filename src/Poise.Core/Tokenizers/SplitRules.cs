using Poise.Core.Tokenizers.Text;

namespace Poise.Core.Tokenizers;

/// <summary>How byte-level vocabularies cut text, by the names that GGUF files use (`tokenizer.ggml.pre`). A new rule is a row.</summary>
/// <param name="Patterns">Applied one after another, each to the pieces left by the one before; matches and gaps both are pieces.</param>
/// <param name="Compose">The text is brought to NFC first; a GGUF file does not say so.</param>
/// <param name="WholePieces">A piece that is a token is taken without merging.</param>
sealed record SplitRules(string[] Patterns, bool Compose = false, bool WholePieces = false)
{
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    public const string R50k = @"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s";
    public const string Cl100k = @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s";
    public const string Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    public const string Qwen2 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    public const string Qwen35 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    public const string O200k = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    public const string Tekken = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    const string Ideographs = "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+";

    static readonly Dictionary<string, SplitRules> s_byName = Rows();

    /// <summary>The rules of a name, or null.</summary>
    public static SplitRules? Find(string name) => s_byName.GetValueOrDefault(name);

    public SplitStep[] Steps() => [.. Patterns.Select(p => new SplitStep(new SplitPattern(p)))];

    static Dictionary<string, SplitRules> Rows()
    {
        var rows = new Dictionary<string, SplitRules>(StringComparer.Ordinal);
        Add("gpt-2 gpt2 phi-2 jais olmo jina-es jina-de jina-v1-en jina-v2-es jina-v2-de jina-v2-code roberta-bpe gigachat trillion exaone4 mellum modern-bert a.x-4.0", new([Gpt2]));
        Add("mpt gpt-neox pythia gptneox", new([Gpt2], Compose: true));
        Add("llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jais-2", new([Llama3], WholePieces: true));
        Add("smaug-bpe dbrx glm4 chatglm-bpe", new([Llama3]));
        Add("qwen2 deepseek-r1-qwen megrez stablelm2 hunyuan", new([Qwen2], Compose: true));
        Add("grok-2", new([Qwen2]));
        Add("qwen35", new([Qwen35], Compose: true));
        Add("tekken", new([Tekken], WholePieces: true));
        Add("gpt-4o llama4 o200k", new([O200k]));
        Add("deepseek-v3 deepseek3 hunyuan-dense joyai-llm", new([
            @"\p{N}{1,3}",
            "[一-龥぀-ゟ゠-ヿ]+",
            @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"]));
        Add("deepseek-coder", new([@"[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", Ideographs, @"\p{N}"]));
        Add("deepseek-llm", new([@"[\r\n]", @"\s?[" + DeepSeekLetters + "]+", "\\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+", @"\s+$", Ideographs, @"\p{N}"]));
        Add("starcoder refact smollm codeshell", new([@"\p{N}", Gpt2]));
        Add("command-r", new([@"\p{N}", Gpt2], Compose: true));
        Add("falcon", new([@"[!-/:-@\[-`{-~\p{P}]+", Gpt2, "[0-9]+", "[0-9][0-9][0-9]"]));
        Add("default", new([@"[\p{P}\$\+<=>\^~\|]+", Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"]));
        return rows;

        void Add(string names, SplitRules rules)
        {
            foreach (string name in names.Split(' ')) rows.Add(name, rules);
        }
    }

    // The cased letters of Latin, Greek, Cyrillic, Armenian, Georgian, Cherokee, Glagolitic, Coptic and others, as the file of DeepSeek-LLM lists them.
    const string DeepSeekLetters =
        "A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1" +
        "\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15\u1F18" +
        "-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC" +
        "\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184\u2C00" +
        "-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A\uFF41-\uFF5A" +
        "\U00010400-\U0001044F\U000104B0-\U000104D3\U000104D8-\U000104FB\U00010C80-\U00010CB2\U00010CC0-\U00010CF2\U000118A0-\U000118DF\U0001E900-\U0001E943";
}
