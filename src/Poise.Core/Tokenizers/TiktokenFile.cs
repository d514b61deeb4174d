using System.Buffers.Text;
using System.Text;
using Poise.Tensors;

namespace Poise.Core.Tokenizers;

/// <summary>Reads a tiktoken rank file: lines of base64 token, space, rank.</summary>
static class TiktokenFile
{
    public static Tokenizer Load(string file, ReadOnlySpan<byte> content, string? encoding)
    {
        var tokens = new TokenBytes(Math.Max(256, content.Length / 16));
        int ranks = 0, highest = -1, line = 0;
        byte[] work = new byte[1024];
        foreach (Range range in content.Split((byte)'\n'))
        {
            line++;
            ReadOnlySpan<byte> text = content[range].TrimEnd("\r "u8);
            if (text.IsEmpty) continue;
            int space = text.IndexOf((byte)' ');
            if (space < 0 || !Utf8Parser.TryParse(text[(space + 1)..], out int rank, out int used) || used != text.Length - space - 1 || rank is < 0 or >= TokenizerJson.MaximumIds)
                throw new ModelFileException(file, $"line {line}", "expected a token in base64, a space and a rank");
            if (work.Length < space) work = new byte[space];
            if (Base64.DecodeFromUtf8(text[..space], work, out _, out int length) != System.Buffers.OperationStatus.Done)
                throw new ModelFileException(file, $"line {line}", "the token is not base64");
            if (rank >= tokens.Count) tokens.Grow(Math.Max(rank + 1, Math.Min(2 * tokens.Count, TokenizerJson.MaximumIds)));
            if (!tokens[rank].IsEmpty) throw new ModelFileException(file, $"line {line}", $"rank {rank} occurs twice");
            tokens.Set(rank, work.AsSpan(0, length));
            highest = Math.Max(highest, rank);
            ranks++;
        }
        TiktokenEncoding known = encoding is not null
            ? TiktokenEncoding.Find(encoding) ?? throw new ModelFileException(file, "encoding", $"\"{encoding}\" is not known; known are {string.Join(", ", TiktokenEncoding.Names)}")
            : TiktokenEncoding.OfCount(ranks) ?? throw new ModelFileException(file, "encoding", $"which encoding this is cannot be told from {ranks} ranks; known are {string.Join(", ", TiktokenEncoding.Names)}");
        return Build(file, tokens, ranks, highest, known);
    }

    internal static TextTokenizer Build(string file, TokenBytes all, int ranks, int highest, TiktokenEncoding encoding)
    {
        int count = Math.Max(highest, encoding.Special.Values.Max()) + 1;
        var tokens = new TokenBytes(count);
        var table = new TokenTable(tokens, ranks);
        var byteIds = new int[256];
        for (int id = 0; id <= highest; id++)
        {
            if (all[id].IsEmpty) continue;
            tokens.Set(id, all[id]);
            if (!table.Add(id)) throw new ModelFileException(file, $"rank {id}", "another rank has the same token");
        }
        for (int b = 0; b < 256; b++)
            if ((byteIds[b] = table.Find([(byte)b])) < 0) throw new ModelFileException(file, "ranks", $"there is no token for byte {b}");
        List<AddedToken> added = [.. encoding.Special.Select(s => new AddedToken(s.Value, s.Key, Special: true))];
        foreach (AddedToken token in added)
        {
            if (token.Id <= highest && !tokens[token.Id].IsEmpty && table.Find(tokens[token.Id]) == token.Id)
                throw new ModelFileException(file, $"rank {token.Id}", $"this id belongs to {token.Content} in {encoding.Name}");
            if (tokens[token.Id].IsEmpty) tokens.Set(token.Id, Encoding.UTF8.GetBytes(token.Content));
        }
        return new TextTokenizer(added)
        {
            Encoder = new BpeEncoder(table, [.. Enumerable.Range(0, count)], null, byteIds, null, wholePieces: true, []),
            Splits = [new Text.SplitStep(new Text.SplitPattern(encoding.Pattern))],
            Shown = tokens,
            BosId = encoding.Bos is null ? null : encoding.Special[encoding.Bos],
            AddBos = encoding.AddBos,
            StopIds = [.. encoding.Stops.Select(s => encoding.Special[s])],
        };
    }
}
