using System.Text.Json;
using Poise.Tensors;

namespace Poise.Core.Tokenizers;

/// <summary>The field `model` of a tokenizer.json: the large lists read as a stream, the rest as small values.</summary>
sealed class TokenizerJsonModel
{
    readonly string _file;
    readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);

    TokenizerJsonModel(string file) => _file = file;

    public JsonVocabulary? Vocabulary { get; private set; }

    /// <summary>Of a unigram model: piece and score, in the order of ids.</summary>
    public List<(string Piece, float Score)> Pieces { get; } = [];

    public MergeList Merges { get; } = new();

    public int HighestId => Math.Max(Vocabulary?.HighestId ?? -1, Pieces.Count - 1);

    public static TokenizerJsonModel Read(string file, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new ModelFileException(file, "model", "expected an object");
        var model = new TokenizerJsonModel(file);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name == "vocab" && reader.TokenType == JsonTokenType.StartObject) (model.Vocabulary = new JsonVocabulary(file)).Read(ref reader, "model.vocab");
            else if (name == "vocab") model.ReadPieces(ref reader);
            else if (name == "merges") model.ReadMerges(ref reader);
            else model._fields[name] = JsonElement.ParseValue(ref reader);
        }
        return model;
    }

    /// <summary>The kind of model; old files do not name it.</summary>
    public string Type(bool byteLevel)
    {
        string type = Text("type") ?? (Pieces.Count > 0 ? "Unigram" : Merges.Count > 0 || byteLevel ? "BPE" : "WordPiece");
        if (type is not ("BPE" or "Unigram" or "WordPiece")) throw new ModelFileException(_file, "model.type", $"\"{type}\" is not supported; known are BPE, Unigram, WordPiece");
        if (type == "Unigram" ? Pieces.Count == 0 : Vocabulary is null) throw new ModelFileException(_file, "model.vocab", $"is missing or not of the kind that {type} has");
        foreach (string name in (string[])["end_of_word_suffix", "continuing_subword_prefix"])
            if (type == "BPE" && Text(name) is { Length: > 0 }) throw new ModelFileException(_file, $"model.{name}", "is not supported");
        return type;
    }

    public string? Text(string name) => Field(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        _ => throw new ModelFileException(_file, $"model.{name}", "expected a string"),
    };

    public bool Flag(string name) => Field(name) switch
    {
        null => false,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw new ModelFileException(_file, $"model.{name}", "expected true or false"),
    };

    public int Integer(string name, int absent)
    {
        if (Field(name) is not { } value) return absent;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : throw new ModelFileException(_file, $"model.{name}", "expected an integer");
    }

    /// <summary>The id of the unknown token that the model names, or -1.</summary>
    public int UnknownId()
    {
        if (Text("unk_token") is not { } token) return -1;
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(token);
        int found = -1;
        Vocabulary!.ForEach((id, spelling) => found = spelling.SequenceEqual(bytes) ? id : found);
        return found;
    }

    JsonElement? Field(string name) => _fields.TryGetValue(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    void ReadPieces(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new ModelFileException(_file, "model.vocab", "expected an object or a list");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartArray || !reader.Read() || reader.TokenType != JsonTokenType.String) throw Wrong();
            string piece = reader.GetString()!;
            if (!reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetSingle(out float score) || !float.IsFinite(score)) throw Wrong();
            if (!reader.Read() || reader.TokenType != JsonTokenType.EndArray || Pieces.Count >= TokenizerJson.MaximumIds) throw Wrong();
            Pieces.Add((piece, score));
        }
        ModelFileException Wrong() => new(_file, $"model.vocab[{Pieces.Count}]", "expected a piece and a score");
    }

    void ReadMerges(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new ModelFileException(_file, "model.merges", "expected a list");
        byte[] left = new byte[256], right = new byte[256];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            bool pair = reader.TokenType == JsonTokenType.StartArray;
            if (pair) reader.Read();
            int leftLength = Copy(ref reader, ref left), rightLength = 0;
            if (pair)
            {
                reader.Read();
                rightLength = Copy(ref reader, ref right);
                if (!reader.Read() || reader.TokenType != JsonTokenType.EndArray) throw Wrong();
                Merges.Add(left.AsSpan(0, leftLength), right.AsSpan(0, rightLength));
            }
            else if (!Merges.TryAdd(left.AsSpan(0, leftLength)))
            {
                throw Wrong();
            }
        }
    }

    int Copy(ref Utf8JsonReader reader, ref byte[] buffer)
    {
        if (reader.TokenType != JsonTokenType.String) throw Wrong();
        if (buffer.Length < reader.ValueSpan.Length) buffer = new byte[2 * reader.ValueSpan.Length];
        return reader.CopyString(buffer);
    }

    ModelFileException Wrong() => new(_file, $"model.merges[{Merges.Count}]", "expected two tokens");
}
