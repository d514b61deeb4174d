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

    const string Ideographs = "[一-龥ࠀ-一가-\uD7FF]+";

    static readonly Dictionary<string, SplitRules> s_byName = Rows();

    /// <summary>The rules of a name, or null.</summary>
    public static SplitRules? Find(string name) => s_byName.GetValueOrDefault(name);

    public SplitStep[] Steps() => [.. Patterns.Select(p => new SplitStep(new SplitPattern(p)))];

    static Dictionary<string, SplitRules> Rows()
    {
        var rows = new Dictionary<string, SplitRules>(StringComparer.Ordinal);
        Add("gpt-2 phi-2 jais olmo jina-es jina-de jina-v1-en jina-v2-es jina-v2-de jina-v2-code roberta-bpe gigachat trillion exaone4 mellum modern-bert a.x-4.0", new([Gpt2]));
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
        Add("deepseek-llm", new([@"[\r\n]", @"\s?[" + DeepSeekLetters + "]+", @"\s?[!-/:-~！-／：-～‘-‟　-。]+", @"\s+$", Ideographs, @"\p{N}"]));
        Add("starcoder refact smollm codeshell", new([@"\p{Nd}", Gpt2]));
        Add("command-r", new([@"\p{Nd}", Gpt2], Compose: true));
        Add("falcon", new([@"[!-/:-@\[-`{-~\p{P}]+", Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"]));
        Add("default", new([@"[\p{P}\$\+<=>\^~\|]+", Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"]));
        return rows;

        void Add(string names, SplitRules rules)
        {
            foreach (string name in names.Split(' ')) rows.Add(name, rules);
        }
    }

    // The cased letters of Latin, Greek, Cyrillic, Armenian, Georgian, Cherokee, Glagolitic, Coptic and others, as the file of DeepSeek-LLM lists them.
    const string DeepSeekLetters =
        "A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼ" +
        "ℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃";
}
