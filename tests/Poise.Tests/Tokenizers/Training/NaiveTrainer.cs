using System.Text;
using System.Text.RegularExpressions;
using Poise.Core.Tokenizers;
using Poise.Core.Tokenizers.Training;

namespace Poise.Tests.Tokenizers.Training;

/// <summary>The rule of <see cref="TokenizerTrainer"/> as it reads: everything is counted anew for each merge.</summary>
static class NaiveTrainer
{
    /// <summary>GPT-2's split by another regex engine. It knows no code points beyond U+FFFF.</summary>
    public static List<string> Pieces(string text) => [.. Regex.Matches(text, SplitRules.Gpt2).Select(match => match.Value)];

    public static (List<string> Tokens, List<TrainedMerge> Merges) Train(IEnumerable<string> pieces, TokenizerTrainingOptions options)
    {
        List<byte[]> words = [.. pieces.Select(Encoding.UTF8.GetBytes)];
        var tokens = new List<string>(options.SpecialTokens);
        char[] letters = [.. Enumerable.Range(0, 256).Select(b => ByteAlphabet.Encode([(byte)b])[0])];
        IEnumerable<char> alphabet = letters;
        if (options.AlphabetSize < 256)
            alphabet = words.SelectMany(word => word).GroupBy(b => letters[b]).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).Take(options.AlphabetSize).Select(group => group.Key);
        tokens.AddRange(alphabet.Order().Select(letter => letter.ToString()));
        List<List<int>> spelled = [.. words.Select(word => word.Select(b => tokens.IndexOf(letters[b].ToString())).Where(id => id >= 0).ToList())];

        var merges = new List<TrainedMerge>();
        while (tokens.Count < options.VocabularySize)
        {
            var counts = new Dictionary<(int Left, int Right), long>();
            foreach (List<int> word in spelled)
                foreach ((int left, int right) in word.Zip(word.Skip(1))) counts[(left, right)] = counts.GetValueOrDefault((left, right)) + 1;
            KeyValuePair<(int Left, int Right), long>[] allowed = [.. counts.Where(pair => pair.Value >= options.MinimumFrequency && !options.SpecialTokens.Contains(tokens[pair.Key.Left] + tokens[pair.Key.Right]))];
            if (allowed.Length == 0) break;
            ((int Left, int Right) best, long count) = allowed.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key.Left).ThenBy(pair => pair.Key.Right).First();
            string whole = tokens[best.Left] + tokens[best.Right];
            int id = tokens.Count;
            tokens.Add(whole);
            merges.Add(new TrainedMerge(best.Left, best.Right, id, count));
            foreach (List<int> word in spelled) Join(word, best.Left, best.Right, id);
        }
        return (tokens, merges);
    }

    /// <summary>Ids of a piece: the leftmost pair of the earliest merge is joined, until there is none.</summary>
    public static List<int> Encode(string piece, TrainedTokenizer trained)
    {
        var ids = Encoding.UTF8.GetBytes(piece).Select(b => trained.Tokens.ToList().IndexOf(ByteAlphabet.Encode([b]))).ToList();
        while (true)
        {
            int best = int.MaxValue, place = -1;
            for (int i = 0; i + 1 < ids.Count; i++)
            {
                int rank = trained.Merges.TakeWhile(merge => merge.Left != ids[i] || merge.Right != ids[i + 1]).Count();
                if (rank < trained.Merges.Count && rank < best) (best, place) = (rank, i);
            }
            if (place < 0) return ids;
            ids[place] = trained.Merges[best].Id;
            ids.RemoveAt(place + 1);
        }
    }

    static void Join(List<int> word, int left, int right, int id)
    {
        for (int i = 0; i + 1 < word.Count; i++)
        {
            if (word[i] != left || word[i + 1] != right) continue;
            word[i] = id;
            word.RemoveAt(i + 1);
        }
    }
}
