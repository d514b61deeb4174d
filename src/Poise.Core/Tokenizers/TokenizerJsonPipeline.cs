using System.Text.Json;
using Poise.Core.Tokenizers.Text;
using Poise.Tensors;

namespace Poise.Core.Tokenizers;

/// <summary>Turns the fields normalizer, pre_tokenizer and decoder of a tokenizer.json into steps. Names that are not known are refused.</summary>
sealed class TokenizerJsonPipeline(string file)
{
    const string Punctuation = @"[!-/:-@\[-`{-~\p{P}]";

    readonly List<TextNormalizer> _normalizers = [];
    readonly List<SplitStep> _splits = [];
    bool _stripsDecoded;

    public IReadOnlyList<TextNormalizer> Normalizers => _normalizers;

    public IReadOnlyList<SplitStep> Splits => _splits;

    /// <summary>The vocabulary is written in the alphabet of bytes.</summary>
    public bool ByteLevel { get; private set; }

    public int LeadingSpaces { get; private set; }

    public void ReadNormalizer(JsonElement element, string field)
    {
        if (!IsObject(element, field)) return;
        switch (Text(element, field, "type"))
        {
            case "Sequence": Each(element, field, "normalizers", ReadNormalizer); break;
            case "NFC": _normalizers.Add(TextNormalizer.Form(compose: true, compatible: false)); break;
            case "NFD": _normalizers.Add(TextNormalizer.Form(compose: false, compatible: false)); break;
            case "NFKC": _normalizers.Add(TextNormalizer.Form(compose: true, compatible: true)); break;
            case "NFKD": _normalizers.Add(TextNormalizer.Form(compose: false, compatible: true)); break;
            case "Lowercase": _normalizers.Add(TextNormalizer.Lowercase()); break;
            case "StripAccents": _normalizers.Add(TextNormalizer.StripAccents()); break;
            case "Strip": _normalizers.Add(TextNormalizer.Strip(Flag(element, "strip_left", true), Flag(element, "strip_right", true))); break;
            case "Prepend": _normalizers.Add(TextNormalizer.Prepend(Text(element, field, "prepend"))); break;
            case "Replace":
                string content = Text(element, field, "content");
                (string pattern, bool regex) = Pattern(element, field);
                if (regex) _normalizers.Add(TextNormalizer.ReplacePattern(Compile(pattern, field), content));
                else if (pattern.Length > 0) _normalizers.Add(TextNormalizer.ReplaceText(pattern, content));
                break;
            case "BertNormalizer":
                bool lower = Flag(element, "lowercase", true);
                _normalizers.Add(TextNormalizer.Bert(Flag(element, "clean_text", true), Flag(element, "handle_chinese_chars", true), Flag(element, "strip_accents", lower), lower));
                break;
            case var type: throw Unknown(field, type);
        }
    }

    public void ReadPreTokenizer(JsonElement element, string field)
    {
        if (!IsObject(element, field)) return;
        switch (Text(element, field, "type"))
        {
            case "Sequence": Each(element, field, "pretokenizers", ReadPreTokenizer); break;
            case "ByteLevel":
                ByteLevel = true;
                if (Flag(element, "add_prefix_space", true))
                {
                    if (_splits.Count > 0) throw new ModelFileException(file, $"{field}.add_prefix_space", "is not supported after other steps");
                    _normalizers.Add(TextNormalizer.Prepend(" ", unlessPresent: true));
                }
                if (Flag(element, "use_regex", true)) Add(SplitRules.Gpt2);
                break;
            case "Split":
                (string pattern, bool regex) = Pattern(element, field);
                if (pattern.Length == 0) throw new ModelFileException(file, $"{field}.pattern", "is empty");
                _splits.Add(new SplitStep(Compile(regex ? pattern : Escape(pattern), field), Behavior(element, field), Flag(element, "invert", false)));
                break;
            case "Digits": Add(Flag(element, "individual_digits", false) ? @"\p{N}" : @"\p{N}+"); break;
            case "Punctuation": _splits.Add(new SplitStep(new SplitPattern(Punctuation), element.TryGetProperty("behavior", out _) ? Behavior(element, field) : SplitBehavior.Isolated)); break;
            case "Whitespace": _splits.Add(new SplitStep(new SplitPattern(@"\w+|[^\w\s]+"), SplitBehavior.Removed, invert: true)); break;
            case "WhitespaceSplit": _splits.Add(new SplitStep(new SplitPattern(@"\s+"), SplitBehavior.Removed)); break;
            case "BertPreTokenizer": _splits.AddRange(WordPieceVocabulary.BertSplits()); break;
            case "Metaspace": ReadMetaspace(element, field); break;
            case var type: throw Unknown(field, type);
        }
    }

    void ReadMetaspace(JsonElement element, string field)
    {
        if (_splits.Count > 0) throw new ModelFileException(file, field, "Metaspace is not supported after other steps");
        string mark = Text(element, field, "replacement");
        string scheme = Scheme(element, field);
        _normalizers.Add(TextNormalizer.ReplaceText(" ", mark));
        if (scheme != "never") _normalizers.Add(TextNormalizer.Prepend(mark, firstOnly: scheme == "first", unlessPresent: true));
        if (Flag(element, "split", true)) _splits.Add(new SplitStep(Compile(Escape(mark), field), SplitBehavior.MergedWithNext));
    }

    public void ReadDecoder(JsonElement element, string field)
    {
        if (!IsObject(element, field)) return;
        switch (Text(element, field, "type"))
        {
            case "Sequence": Each(element, field, "decoders", ReadDecoder); break;
            // Byte tokens and U+2581 are what tokens show as anyway, and pieces are always joined.
            case "ByteLevel" or "ByteFallback" or "Fuse": break;
            case "Replace":
                if (Pattern(element, field) is not ("▁", false) || Text(element, field, "content") != " ")
                    throw new ModelFileException(file, field, "a replacement other than of ▁ by a space is not supported");
                break;
            case "Strip":
                if (Text(element, field, "content") != " ") throw new ModelFileException(file, $"{field}.content", "only a space is supported");
                int start = element.TryGetProperty("start", out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : 0;
                if (element.TryGetProperty("stop", out JsonElement stop) && stop.ValueKind == JsonValueKind.Number && stop.GetInt32() != 0)
                    throw new ModelFileException(file, $"{field}.stop", "only 0 is supported");
                // Files state this step twice at times (Mistral); it is one space all the same.
                if (!_stripsDecoded) LeadingSpaces = Math.Max(LeadingSpaces, Math.Clamp(start, 0, 1));
                _stripsDecoded = true;
                break;
            case "Metaspace":
                if (Text(element, field, "replacement") != "▁") throw new ModelFileException(file, $"{field}.replacement", "only ▁ is supported");
                LeadingSpaces = Scheme(element, field) == "never" ? 0 : 1;
                break;
            case "WordPiece": break;
            case var type: throw Unknown(field, type);
        }
    }

    string Scheme(JsonElement element, string field)
    {
        string scheme = element.TryGetProperty("prepend_scheme", out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()!
            : Flag(element, "add_prefix_space", true) ? "always" : "never";
        return scheme is "always" or "first" or "never" ? scheme : throw new ModelFileException(file, $"{field}.prepend_scheme", $"\"{scheme}\" is not known");
    }

    SplitBehavior Behavior(JsonElement element, string field) =>
        Text(element, field, "behavior") is var name && Enum.TryParse(name, out SplitBehavior behavior) && Enum.IsDefined(behavior)
            ? behavior
            : throw new ModelFileException(file, $"{field}.behavior", $"\"{name}\" is not known");

    (string Pattern, bool IsRegex) Pattern(JsonElement element, string field)
    {
        if (element.TryGetProperty("pattern", out JsonElement pattern))
        {
            if (pattern.ValueKind == JsonValueKind.String) return (pattern.GetString()!, false);
            if (pattern.ValueKind == JsonValueKind.Object && pattern.TryGetProperty("String", out JsonElement text) && text.ValueKind == JsonValueKind.String) return (text.GetString()!, false);
            if (pattern.ValueKind == JsonValueKind.Object && pattern.TryGetProperty("Regex", out JsonElement regex) && regex.ValueKind == JsonValueKind.String) return (regex.GetString()!, true);
        }
        throw new ModelFileException(file, $"{field}.pattern", "expected a String or a Regex");
    }

    void Add(string pattern) => _splits.Add(new SplitStep(new SplitPattern(pattern)));

    SplitPattern Compile(string pattern, string field)
    {
        try
        {
            return new SplitPattern(pattern);
        }
        catch (FormatException e)
        {
            throw new ModelFileException(file, $"{field}.pattern", e.Message, e);
        }
    }

    static string Escape(string text) => string.Concat(text.Select(c => c < 128 && !char.IsAsciiLetterOrDigit(c) ? $"\\{c}" : c.ToString()));

    bool IsObject(JsonElement element, string field) => element.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => false,
        JsonValueKind.Object => true,
        _ => throw new ModelFileException(file, field, "expected an object"),
    };

    string Text(JsonElement element, string field, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new ModelFileException(file, $"{field}.{name}", "expected a string");

    static bool Flag(JsonElement element, string name, bool absent) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : absent;

    void Each(JsonElement element, string field, string name, Action<JsonElement, string> read)
    {
        if (!element.TryGetProperty(name, out JsonElement list) || list.ValueKind != JsonValueKind.Array) throw new ModelFileException(file, $"{field}.{name}", "expected a list");
        int index = 0;
        foreach (JsonElement item in list.EnumerateArray()) read(item, $"{field}.{name}[{index++}]");
    }

    ModelFileException Unknown(string field, string type) => new(file, $"{field}.type", $"\"{type}\" is not supported");
}
