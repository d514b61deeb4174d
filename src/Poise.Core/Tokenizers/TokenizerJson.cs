using System.Text;
using System.Text.Json;
using Poise.Tensors;

namespace Poise.Core.Tokenizers;

/// <summary>Reads a Hugging Face tokenizer.json. What it asks for and is not known is refused by name.</summary>
static class TokenizerJson
{
    /// <summary>A guard against ids that would make huge tables; sixteen times the largest vocabulary in use.</summary>
    public const int MaximumIds = 1 << 22;

    public static Tokenizer Load(string file, byte[] content, TokenizerSettings settings)
    {
        try
        {
            ReadOnlySpan<byte> text = content;
            if (text.StartsWith("\uFEFF"u8)) text = text[3..];
            var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 64 });
            var parts = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
            TokenizerJsonModel? model = null;
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new ModelFileException(file, "JSON", "expected an object");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                reader.Read();
                if (name == "model") model = TokenizerJsonModel.Read(file, ref reader);
                else parts[name] = JsonElement.ParseValue(ref reader);
            }
            return Build(file, model ?? throw new ModelFileException(file, "model", "this field is missing"), parts, settings);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new ModelFileException(file, "JSON", e.Message, e);
        }
    }

    static Tokenizer Build(string file, TokenizerJsonModel model, Dictionary<string, JsonElement> parts, TokenizerSettings settings)
    {
        List<AddedToken> added = ReadAdded(file, parts);
        var pipeline = new TokenizerJsonPipeline(file);
        pipeline.ReadNormalizer(parts.GetValueOrDefault("normalizer"), "normalizer");
        pipeline.ReadPreTokenizer(parts.GetValueOrDefault("pre_tokenizer"), "pre_tokenizer");
        pipeline.ReadDecoder(parts.GetValueOrDefault("decoder"), "decoder");
        string kind = model.Type(pipeline.ByteLevel);
        int count = Math.Max(model.HighestId, added.Count == 0 ? -1 : added.Max(t => t.Id)) + 1;
        if (count == 0) throw new ModelFileException(file, "model.vocab", "the vocabulary is empty");
        int? bos = settings.Bos(added);
        bool addBos = settings.AddBos ?? (bos is not null && parts.TryGetValue("post_processor", out JsonElement post) && BeginsWith(post, added, bos.Value));
        int[] stops = settings.Stops(added, null, count);
        HashSet<int> addedIds = [.. added.Select(t => t.Id)];
        switch (kind)
        {
            case "BPE" when pipeline.ByteLevel:
                var vocabulary = new ByteLevelVocabulary(file, count);
                model.Vocabulary!.ForEach((id, spelling) => vocabulary.Add(id, spelling, ordinary: !addedIds.Contains(id)));
                foreach (AddedToken token in added.Where(t => vocabulary.Bytes[t.Id].IsEmpty)) vocabulary.Add(token.Id, token.Content.AsSpan(), ordinary: false);
                return new TextTokenizer(added)
                {
                    Encoder = vocabulary.Build(model.Merges, model.Flag("ignore_merges"), "model.merges"),
                    Normalizers = pipeline.Normalizers,
                    Splits = pipeline.Splits,
                    Shown = vocabulary.Bytes,
                    Spelling = ByteLevelVocabulary.Spelling,
                    LeadingSpaces = pipeline.LeadingSpaces,
                    BosId = bos,
                    AddBos = addBos,
                    StopIds = stops,
                };
            case "BPE":
                string?[] tokens = model.Vocabulary!.Spellings();
                return new CharacterVocabulary(file, count)
                {
                    UnknownId = model.UnknownId(),
                    FuseUnknown = model.Flag("fuse_unk"),
                    ByteFallback = model.Flag("byte_fallback"),
                    WholePieces = model.Flag("ignore_merges"),
                    LeadingSpaces = pipeline.LeadingSpaces,
                    Normalizers = pipeline.Normalizers,
                    Splits = pipeline.Splits,
                }.Build(tokens, id => !addedIds.Contains(id), model.Merges, "model.merges", added, bos, addBos, stops);
            case "WordPiece":
                return WordPieceVocabulary.Build(model.Vocabulary!.Spellings(), model.Text("continuing_subword_prefix") ?? "##", model.UnknownId(), model.Integer("max_input_chars_per_word", 100),
                    added, pipeline.Normalizers, pipeline.Splits, bos, addBos, stops);
            default:
                return Unigram(count, model, pipeline, added, bos, addBos, stops);
        }
    }

    static TextTokenizer Unigram(int count, TokenizerJsonModel model, TokenizerJsonPipeline pipeline, List<AddedToken> added, int? bos, bool addBos, int[] stops)
    {
        var spelled = new TokenBytes(count);
        var shown = new TokenBytes(count);
        var table = new TokenTable(spelled, count);
        var scores = new float[count];
        int[]? byteIds = null;
        int unknown = model.Integer("unk_id", -1);
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            (string piece, scores[id]) = model.Pieces[id];
            int value = model.Flag("byte_fallback") ? ShownBytes.ByteOf(piece) : -1;
            if (value >= 0)
            {
                if (byteIds is null) Array.Fill(byteIds = new int[256], -1);
                byteIds[value] = id;
                shown.Set(id, [(byte)value]);
                continue;
            }
            shown.Set(id, ShownBytes.OfPiece(piece));
            spelled.Set(id, Encoding.UTF8.GetBytes(piece));
            if (id != unknown) table.Add(id);
        }
        foreach (AddedToken token in added) shown.Set(token.Id, Encoding.UTF8.GetBytes(token.Content));
        return new TextTokenizer(added)
        {
            Encoder = new UnigramEncoder(table, scores, new UnknownPolicy(byteIds, unknown, fuse: true)),
            Normalizers = pipeline.Normalizers,
            Splits = pipeline.Splits,
            Shown = shown,
            LeadingSpaces = pipeline.LeadingSpaces,
            BosId = bos,
            AddBos = addBos,
            StopIds = stops,
        };
    }

    static List<AddedToken> ReadAdded(string file, Dictionary<string, JsonElement> parts)
    {
        var added = new List<AddedToken>();
        if (!parts.TryGetValue("added_tokens", out JsonElement list) || list.ValueKind == JsonValueKind.Null) return added;
        if (list.ValueKind != JsonValueKind.Array) throw new ModelFileException(file, "added_tokens", "expected a list");
        foreach (JsonElement token in list.EnumerateArray())
        {
            string field = $"added_tokens[{added.Count}]";
            if (token.ValueKind != JsonValueKind.Object) throw new ModelFileException(file, field, "expected an object");
            if (!token.TryGetProperty("id", out JsonElement number) || number.ValueKind != JsonValueKind.Number || !number.TryGetInt32(out int id) || id is < 0 or >= MaximumIds)
                throw new ModelFileException(file, $"{field}.id", $"expected an id from 0 to {MaximumIds - 1}");
            if (!token.TryGetProperty("content", out JsonElement content) || content.ValueKind != JsonValueKind.String)
                throw new ModelFileException(file, $"{field}.content", "expected a string");
            bool Flag(string name) => token.TryGetProperty(name, out JsonElement flag) && flag.ValueKind == JsonValueKind.True;
            added.Add(new AddedToken(id, content.GetString()!, Flag("special"), Flag("normalized"), Flag("single_word"), Flag("lstrip"), Flag("rstrip")));
        }
        return added;
    }

    /// <summary>Whether the template of the post-processor puts this token in front.</summary>
    static bool BeginsWith(JsonElement processor, List<AddedToken> added, int id)
    {
        if (processor.ValueKind != JsonValueKind.Object) return false;
        if (processor.TryGetProperty("processors", out JsonElement list) && list.ValueKind == JsonValueKind.Array)
            return list.EnumerateArray().Any(p => BeginsWith(p, added, id));
        return processor.TryGetProperty("single", out JsonElement single) && single.ValueKind == JsonValueKind.Array && single.GetArrayLength() > 0
            && single[0].ValueKind == JsonValueKind.Object && single[0].TryGetProperty("SpecialToken", out JsonElement special)
            && special.TryGetProperty("id", out JsonElement name) && name.ValueKind == JsonValueKind.String
            && added.Exists(t => t.Id == id && t.Content == name.GetString());
    }
}
