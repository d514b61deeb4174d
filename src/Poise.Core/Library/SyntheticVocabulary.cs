using System.Globalization;

namespace Poise.Core.Library;

/// <summary>
/// A made-up vocabulary of the right size and kind: single bytes, a few merges, fillers, and the special tokens at their published ids.
/// Text goes in and comes out; nothing is taken from a real vocabulary.
/// </summary>
sealed class SyntheticVocabulary
{
    // Joined in this order, so that each part exists before it is used. "Ġ" is the space in the byte alphabet.
    static readonly (string Left, string Right)[] s_merges =
    [
        ("t", "h"), ("e", "r"), ("i", "n"), ("o", "n"), ("a", "n"), ("Ġ", "a"), ("Ġ", "th"), ("o", "u"), ("r", "e"), ("Ġth", "e"), ("an", "d"), ("in", "g"),
    ];

    SyntheticVocabulary(string[] tokens, int[] types)
    {
        Tokens = tokens;
        Types = types;
    }

    public string[] Tokens { get; }

    /// <summary>GGUF's numbers: 1 normal, 2 unknown, 3 control, 6 byte.</summary>
    public int[] Types { get; }

    /// <summary>"left right", in order of priority; empty for SentencePiece.</summary>
    public string[] Merges { get; private init; } = [];

    /// <summary>Log probabilities; only for SentencePiece.</summary>
    public float[]? Scores { get; private init; }

    /// <summary>GGUF's name of the split pattern.</summary>
    public required string Split { get; init; }

    public int? Bos { get; private init; }
    public bool AddBos { get; private init; }
    public required int Eos { get; init; }
    public int? Padding { get; private init; }

    /// <summary>The Jinja template of chats, where the family writes its prompts that way.</summary>
    public string? ChatTemplate { get; private init; }

    /// <summary>All ids that end an answer.</summary>
    public required int[] Endings { get; init; }

    public static SyntheticVocabulary Create(SyntheticTokenizer kind, int size) => kind switch
    {
        SyntheticTokenizer.Harmony => Harmony(size),
        SyntheticTokenizer.Llama3 => Llama3(size),
        SyntheticTokenizer.Llama2 => SentencePiece(size),
        _ => Gpt2(size),
    };

    // 199998 and 199999, then 200000 to 201087: the last 1090 ids.
    static SyntheticVocabulary Harmony(int size)
    {
        int start = FirstSpecial(size, 1090);
        var names = new Dictionary<int, string>
        {
            [0] = "<|startoftext|>", [1] = "<|endoftext|>", [4] = "<|return|>", [5] = "<|constrain|>", [7] = "<|channel|>",
            [8] = "<|start|>", [9] = "<|end|>", [10] = "<|message|>", [14] = "<|call|>",
        };
        (string[] tokens, int[] types) = ByteLevel(size, start, offset => names.GetValueOrDefault(offset) ?? Numbered("<|reserved_", start + offset));
        return new(tokens, types)
        {
            Merges = MergeList(), Split = "gpt-4o", Bos = start, Eos = start + 4, Padding = start + 1, Endings = [start + 1, start + 4, start + 14],
        };
    }

    static SyntheticVocabulary Llama3(int size)
    {
        int start = FirstSpecial(size, 256);
        var names = new Dictionary<int, string>
        {
            [0] = "<|begin_of_text|>", [1] = "<|end_of_text|>", [4] = "<|finetune_right_pad_id|>", [6] = "<|start_header_id|>",
            [7] = "<|end_header_id|>", [8] = "<|eom_id|>", [9] = "<|eot_id|>", [10] = "<|python_tag|>",
        };
        (string[] tokens, int[] types) = ByteLevel(size, start, offset => names.GetValueOrDefault(offset) ?? Numbered("<|reserved_special_token_", offset));
        return new(tokens, types)
        {
            Merges = MergeList(), Split = "llama-bpe", Bos = start, AddBos = true, Eos = start + 9, Padding = start + 4, Endings = [start + 1, start + 8, start + 9],
            ChatTemplate = """
                {{- bos_token }}
                {%- if tools %}{{- "<|start_header_id|>system<|end_header_id|>\n\nTools: " + (tools | tojson) + "<|eot_id|>" }}{%- endif %}
                {%- for message in messages %}
                {{- "<|start_header_id|>" + message.role + "<|end_header_id|>\n\n" }}
                {%- for call in message.tool_calls or [] %}{{- '{"name": "' + call.function.name + '", "parameters": ' + (call.function.arguments | tojson) + "}" }}{%- endfor %}
                {{- (message.content or "") | trim + "<|eot_id|>" }}
                {%- endfor %}
                {%- if add_generation_prompt %}{{- "<|start_header_id|>assistant<|end_header_id|>\n\n" }}{%- endif %}
                """.ReplaceLineEndings("\n"),
        };
    }

    static SyntheticVocabulary Gpt2(int size)
    {
        int start = FirstSpecial(size, 1);
        (string[] tokens, int[] types) = ByteLevel(size, start, _ => "<|endoftext|>");
        return new(tokens, types) { Merges = MergeList(), Split = "gpt-2", Bos = start, Eos = start, Endings = [start] };
    }

    static SyntheticVocabulary SentencePiece(int size)
    {
        const int firstPiece = 259;
        FirstSpecial(size, 3);
        var tokens = new string[size];
        var types = new int[size];
        var scores = new float[size];
        (tokens[0], tokens[1], tokens[2]) = ("<unk>", "<s>", "</s>");
        (types[0], types[1], types[2]) = (2, 3, 3);
        for (int value = 0; value < 256; value++)
        {
            tokens[3 + value] = string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");
            types[3 + value] = 6;
        }
        // Printable ASCII, whose space is U+2581; everything else goes through the bytes.
        for (int id = firstPiece; id < size; id++)
        {
            int letter = id - firstPiece;
            tokens[id] = letter == 0 ? "\u2581" : letter < 95 ? ((char)(' ' + letter)).ToString() : Numbered("<filler_", id);
            types[id] = 1;
            scores[id] = -letter;
        }
        return new(tokens, types) { Scores = scores, Split = "default", Bos = 1, AddBos = true, Eos = 2, Endings = [2] };
    }

    static int FirstSpecial(int size, int specials) => size - specials >= 300 ? size - specials
        : throw new ArgumentOutOfRangeException(nameof(size), $"a vocabulary of {size} has no room for bytes and {specials} special tokens");

    static (string[] Tokens, int[] Types) ByteLevel(int size, int firstSpecial, Func<int, string> special)
    {
        var tokens = new string[size];
        var types = new int[size];
        string[] bytes = ByteAlphabet();
        for (int id = 0; id < size; id++)
        {
            tokens[id] = id < 256 ? bytes[id]
                : id - 256 < s_merges.Length ? s_merges[id - 256].Left + s_merges[id - 256].Right
                : id < firstSpecial ? Numbered("<|filler_", id) : special(id - firstSpecial);
            types[id] = id < firstSpecial ? 1 : 3;
        }
        return (tokens, types);
    }

    static string[] MergeList() => [.. s_merges.Select(m => $"{m.Left} {m.Right}")];

    static string Numbered(string start, int number) => string.Create(CultureInfo.InvariantCulture, $"{start}{number}{(start.Contains('|') ? "|>" : ">")}");

    /// <summary>
    /// A letter for each byte, as GPT-2 has it: printable Latin-1 letters stand for themselves and come first, the other bytes get the letters
    /// from U+0100 on.
    /// </summary>
    static string[] ByteAlphabet()
    {
        static bool Printable(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
        IEnumerable<int> own = Enumerable.Range(0, 256).Where(Printable);
        int others = 256 - own.Count();
        return [.. own.Select(value => ((char)value).ToString()), .. Enumerable.Range(0x100, others).Select(value => ((char)value).ToString())];
    }
}
