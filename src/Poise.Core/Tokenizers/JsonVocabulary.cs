using System.Text.Json;
using Poise.Tensors;

namespace Poise.Core.Tokenizers;

/// <summary>The object "token": id of a JSON vocabulary, read without making strings.</summary>
sealed class JsonVocabulary(string file)
{
    readonly List<(int Id, int Start, int Length)> _entries = [];
    byte[] _block = new byte[1 << 16];
    int _used;

    public delegate void Visit(int id, ReadOnlySpan<byte> spelling);

    public int Count => _entries.Count;

    public int HighestId { get; private set; } = -1;

    /// <summary>Reads the object that the reader stands on.</summary>
    public void Read(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new ModelFileException(file, field, "expected an object of token and id");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int most = reader.ValueSpan.Length;
            if (_used + most > _block.Length) Array.Resize(ref _block, Math.Max(2 * _block.Length, _used + most));
            int length = reader.CopyString(_block.AsSpan(_used));
            if (!reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id) || id is < 0 or >= TokenizerJson.MaximumIds)
                throw new ModelFileException(file, field, $"entry {_entries.Count}: expected an id from 0 to {TokenizerJson.MaximumIds - 1}");
            _entries.Add((id, _used, length));
            _used += length;
            HighestId = Math.Max(HighestId, id);
        }
        var seen = new bool[HighestId + 1];
        foreach ((int id, _, _) in _entries)
        {
            if (seen[id]) throw new ModelFileException(file, field, $"id {id} belongs to two tokens");
            seen[id] = true;
        }
    }

    public void ForEach(Visit visit)
    {
        foreach ((int id, int start, int length) in _entries) visit(id, _block.AsSpan(start, length));
    }

    /// <summary>The spelling of each id; null where no token has the id.</summary>
    public string?[] Spellings()
    {
        var spellings = new string?[HighestId + 1];
        foreach ((int id, int start, int length) in _entries) spellings[id] = System.Text.Encoding.UTF8.GetString(_block, start, length);
        return spellings;
    }
}
