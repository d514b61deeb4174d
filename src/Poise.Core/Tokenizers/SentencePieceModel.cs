using System.Text;
using Poise.Tensors;

namespace Poise.Core.Tokenizers;

/// <summary>Reads a SentencePiece .model file (protobuf ModelProto).</summary>
static class SentencePieceModel
{
    const long Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Byte = 6;

    public static Tokenizer Load(string file, ReadOnlySpan<byte> bytes, TokenizerSettings settings)
    {
        var pieces = new List<string>();
        var scores = new List<float>();
        var types = new List<long>();
        int model = 1, unknown = 0, bos = 1, eos = 2;
        bool prefix = true;
        var reader = new ProtobufReader(bytes, file);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    reader.Expect(2);
                    ReadPiece(file, reader.Bytes, pieces, scores, types);
                    break;
                case 2:
                    reader.Expect(2);
                    var trainer = new ProtobufReader(reader.Bytes, file);
                    while (trainer.Next())
                    {
                        // Negative ids (absent tokens) are written as ten bytes and come out negative here.
                        if (trainer.Field == 3) model = (int)trainer.Number;
                        else if (trainer.Field == 40) unknown = (int)trainer.Number;
                        else if (trainer.Field == 41) bos = (int)trainer.Number;
                        else if (trainer.Field == 42) eos = (int)trainer.Number;
                    }
                    break;
                case 3:
                    reader.Expect(2);
                    prefix = ReadNormalizer(file, reader.Bytes);
                    break;
            }
        }
        if (pieces.Count == 0) throw new ModelFileException(file, "pieces", "the vocabulary is empty");
        if (model is not (1 or 2)) throw new ModelFileException(file, "trainer_spec.model_type", $"expected 1 (unigram) or 2 (BPE), found {model}");
        var added = new List<AddedToken>();
        // A user-defined piece of plain spaces (Grok-1) never matches: the text has U+2581 instead by then.
        for (int id = 0; id < pieces.Count; id++)
            if (pieces[id].Length > 0 && types[id] is Unknown or Control or UserDefined)
                added.Add(new AddedToken(id, pieces[id], types[id] != UserDefined, Normalized: types[id] == UserDefined));
        int? Valid(int id) => id >= 0 && id < pieces.Count ? id : null;
        return new SentencePieceVocabulary(file, [.. pieces], [.. scores], [.. types]) { PrefixSpace = prefix, UnknownId = Valid(unknown) ?? -1 }
            .Build(added, unigram: model == 1, settings.Bos(added) ?? Valid(bos), settings.AddBos ?? Valid(bos) is not null, settings.Stops(added, Valid(eos), pieces.Count));
    }

    static void ReadPiece(string file, ReadOnlySpan<byte> bytes, List<string> pieces, List<float> scores, List<long> types)
    {
        string piece = "";
        float score = 0;
        long type = Normal;
        var reader = new ProtobufReader(bytes, file);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    reader.Expect(2);
                    piece = Encoding.UTF8.GetString(reader.Bytes);
                    break;
                case 2:
                    reader.Expect(5);
                    score = reader.Float;
                    break;
                case 3:
                    reader.Expect(0);
                    type = (long)reader.Number;
                    break;
            }
        }
        if (type is < Normal or > Byte) throw new ModelFileException(file, $"pieces[{pieces.Count}].type", $"expected 1 to 6, found {type}");
        pieces.Add(piece);
        scores.Add(score);
        types.Add(type);
    }

    static bool ReadNormalizer(string file, ReadOnlySpan<byte> bytes)
    {
        bool prefix = true, escape = true, collapse = true;
        var reader = new ProtobufReader(bytes, file);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2 when reader.Wire == 2 && !reader.Bytes.IsEmpty:
                    throw new ModelFileException(file, "normalizer_spec.precompiled_charsmap", "compiled normalisation tables are not supported");
                case 3: prefix = reader.Number != 0; break;
                case 4: collapse = reader.Number != 0; break;
                case 5: escape = reader.Number != 0; break;
            }
        }
        if (collapse) throw new ModelFileException(file, "normalizer_spec.remove_extra_whitespaces", "expected false: text would not come back as it was");
        if (!escape) throw new ModelFileException(file, "normalizer_spec.escape_whitespaces", "expected true");
        return prefix;
    }
}
