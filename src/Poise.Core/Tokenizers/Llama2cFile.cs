using System.Buffers.Binary;
using System.Text;
using Poise.Tensors;

namespace Poise.Core.Tokenizers;

/// <summary>Reads the tokenizer.bin of llama2.c: the longest length, then score, length and bytes of each piece, in the order of ids.</summary>
static class Llama2cFile
{
    const long Normal = 1, Unknown = 2, Control = 3, Byte = 6;

    public static Tokenizer Load(string file, ReadOnlySpan<byte> content)
    {
        var pieces = new List<string>();
        var scores = new List<float>();
        int at = 4;
        while (at < content.Length)
        {
            if (content.Length - at < 8) throw new ModelFileException(file, $"piece {pieces.Count}", "the file ends early");
            float score = BinaryPrimitives.ReadSingleLittleEndian(content[at..]);
            int length = BinaryPrimitives.ReadInt32LittleEndian(content[(at + 4)..]);
            at += 8;
            if (length < 0 || length > content.Length - at) throw new ModelFileException(file, $"piece {pieces.Count}", $"a length of {length} reaches past the end");
            // The file writes a space where the vocabulary has U+2581.
            string piece = Encoding.UTF8.GetString(content.Slice(at, length)).Replace(' ', '▁');
            // Ids 1 and 2 are written with line breaks around, for the program's own output.
            pieces.Add(pieces.Count is 1 or 2 ? piece.Trim('\n') : piece);
            scores.Add(score);
            at += length;
        }
        if (pieces.Count < 259) throw new ModelFileException(file, "pieces", $"expected 3 control pieces and 256 bytes at least, found {pieces.Count}");
        long[] types = [.. Enumerable.Range(0, pieces.Count).Select(id => id switch { 0 => Unknown, 1 or 2 => Control, < 259 => Byte, _ => Normal })];
        AddedToken[] added = [new(0, "<unk>", true), new(1, "<s>", true), new(2, "</s>", true)];
        return new SentencePieceVocabulary(file, [.. pieces], [.. scores], types).Build(added, unigram: false, bos: 1, addBos: true, stops: [2]);
    }
}
