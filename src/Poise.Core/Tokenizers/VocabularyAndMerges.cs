using System.Text.Json;
using Poise.Core.Tokenizers.Text;
using Poise.Tensors;

namespace Poise.Core.Tokenizers;

/// <summary>Reads GPT-2's own pair of files: vocab.json (token to id) and merges.txt.</summary>
static class VocabularyAndMerges
{
    public static Tokenizer Load(string file, byte[] content, string mergesFile, TokenizerSettings settings)
    {
        var vocabulary = new JsonVocabulary(file);
        try
        {
            var reader = new Utf8JsonReader(content);
            reader.Read();
            vocabulary.Read(ref reader, "vocab");
        }
        catch (JsonException e)
        {
            throw new ModelFileException(file, "JSON", e.Message, e);
        }
        var merges = new MergeList();
        ReadOnlySpan<byte> text = File.ReadAllBytes(mergesFile);
        int line = 0;
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> merge = text[range].TrimEnd((byte)'\r');
            if (line++ == 0 && merge.StartsWith("#version"u8)) continue;
            if (!merge.IsEmpty && !merges.TryAdd(merge)) throw new ModelFileException(mergesFile, $"line {line}", "expected two tokens with a space between");
        }
        bool llama3 = vocabulary.Count is >= 128000 and <= 128512;
        var bytes = new ByteLevelVocabulary(file, vocabulary.HighestId + 1);
        var added = new List<AddedToken>();
        vocabulary.ForEach((id, spelling) =>
        {
            bool special = spelling.StartsWith("<|"u8) && spelling.EndsWith("|>"u8) && spelling.Length > 5;
            bytes.Add(id, spelling, ordinary: !special);
            if (special) added.Add(new AddedToken(id, System.Text.Encoding.UTF8.GetString(spelling), Special: true));
        });
        return new TextTokenizer(added)
        {
            Encoder = bytes.Build(merges, wholePieces: llama3, Path.GetFileName(mergesFile)),
            Splits = SplitRules.Find(llama3 ? "llama-bpe" : "gpt-2")!.Steps(),
            Shown = bytes.Bytes,
            Spelling = ByteLevelVocabulary.Spelling,
            BosId = settings.Bos(added),
            AddBos = settings.AddBos ?? false,
            StopIds = settings.Stops(added, added.Find(t => t.Content == "<|endoftext|>")?.Id, vocabulary.HighestId + 1),
        };
    }
}
