using System.Globalization;

namespace Poise.Core.Tokenizers;

/// <summary>What a tiktoken rank file does not say itself: the split pattern and the special tokens, by the name of the encoding.</summary>
sealed record TiktokenEncoding(string Name, string Pattern, IReadOnlyDictionary<string, int> Special, string? Bos, string[] Stops, bool AddBos = false)
{
    static readonly Dictionary<string, TiktokenEncoding> s_all = new TiktokenEncoding[]
    {
        new("r50k_base", SplitRules.R50k, Table("<|endoftext|> 50256"), null, ["<|endoftext|>"]),
        new("p50k_base", SplitRules.R50k, Table("<|endoftext|> 50256"), null, ["<|endoftext|>"]),
        new("p50k_edit", SplitRules.R50k, Table("<|endoftext|> 50256 <|fim_prefix|> 50281 <|fim_middle|> 50282 <|fim_suffix|> 50283"), null, ["<|endoftext|>"]),
        new("cl100k_base", SplitRules.Cl100k, Table("<|endoftext|> 100257 <|fim_prefix|> 100258 <|fim_middle|> 100259 <|fim_suffix|> 100260 <|endofprompt|> 100276"), null, ["<|endoftext|>"]),
        new("o200k_base", SplitRules.O200k, Table("<|endoftext|> 199999 <|endofprompt|> 200018"), null, ["<|endoftext|>"]),
        new("o200k_harmony", SplitRules.O200k, Harmony(), "<|startoftext|>", ["<|return|>", "<|call|>", "<|endoftext|>"]),
        new("llama3", SplitRules.Llama3, Llama3(), "<|begin_of_text|>", ["<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"], AddBos: true),
    }.ToDictionary(e => e.Name, StringComparer.Ordinal);

    public static IEnumerable<string> Names => s_all.Keys;

    public static TiktokenEncoding? Find(string name) => s_all.GetValueOrDefault(name);

    /// <summary>The encoding of a rank file by its number of ranks. The ranks of o200k serve two encodings; the one of the open-weight models is taken.</summary>
    public static TiktokenEncoding? OfCount(int ranks) => ranks switch
    {
        50256 => s_all["r50k_base"],
        50280 => s_all["p50k_base"],
        100256 => s_all["cl100k_base"],
        128000 => s_all["llama3"],
        199998 => s_all["o200k_harmony"],
        _ => null,
    };

    static Dictionary<string, int> Table(string pairs)
    {
        string[] parts = pairs.Split(' ');
        var table = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < parts.Length; i += 2) table.Add(parts[i], int.Parse(parts[i + 1], CultureInfo.InvariantCulture));
        return table;
    }

    static Dictionary<string, int> Harmony()
    {
        Dictionary<string, int> table = Table("<|startoftext|> 199998 <|endoftext|> 199999 <|return|> 200002 <|constrain|> 200003 <|channel|> 200005 <|start|> 200006 "
            + "<|end|> 200007 <|message|> 200008 <|call|> 200012 <|endofprompt|> 200018");
        HashSet<int> named = [.. table.Values];
        // 200018 has two names.
        for (int id = 200000; id <= 201087; id++)
            if (!named.Contains(id) || id == 200018) table.Add($"<|reserved_{id}|>", id);
        return table;
    }

    static Dictionary<string, int> Llama3()
    {
        Dictionary<string, int> table = Table("<|begin_of_text|> 128000 <|end_of_text|> 128001 <|finetune_right_pad_id|> 128004 <|start_header_id|> 128006 "
            + "<|end_header_id|> 128007 <|eom_id|> 128008 <|eot_id|> 128009 <|python_tag|> 128010");
        HashSet<int> named = [.. table.Values];
        int reserved = 0;
        for (int id = 128000; id < 128256; id++)
            if (!named.Contains(id)) table.Add($"<|reserved_special_token_{reserved++}|>", id);
        return table;
    }
}
