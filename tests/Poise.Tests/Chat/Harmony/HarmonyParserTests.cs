using System.Text.Json;
using System.Text.RegularExpressions;
using Poise.Core.Chat;
using Poise.Core.Chat.Harmony;
using Poise.Core.Tokenizers.BuiltIn;

namespace Poise.Tests.Chat.Harmony;

/// <summary>Golden streams: well-formed ones exactly, all others without a loss or a leak.</summary>
public partial class HarmonyParserTests(ITestOutputHelper output)
{
    // Kinds whose messages are the reference's to the letter; names that end in * stand for all that begin so.
    static readonly string[] s_held =
    [
        "well-formed*", "recipient in the role part*", "built-in tool*", "constrain without space", "constrain before channel", "tool result", "tool result with content type",
        "rendered turn", "rendered conversation", "unicode *", "incomplete emoji*", "two incomplete emoji", "emoji *", "lone continuation byte", "two continuation bytes",
        "e2 80 *", "byte ff", "bytes c3 28", "overlong *", "surrogate *", "above 10ffff *", "replacement character itself", "broken byte before call",
    ];

    [Fact]
    public void GoldenStreamsGiveTheirMessages()
    {
        int held = 0, equal = 0, others = 0;
        var wrong = new List<string>();
        foreach (JsonElement line in HarmonyGolden.Lines("parse.jsonl"))
        {
            HarmonyParser parser = Parse(line);
            string actual = HarmonyWriter.Write(parser.Messages);
            string? expected = line.GetProperty("strict").TryGetProperty("messages", out JsonElement messages) ? JsonSerializer.Serialize(messages, HarmonyGolden.Relaxed) : null;
            bool same = expected == actual;
            if (IsHeld(line) && expected is not null)
            {
                held++;
                if (!same) wrong.Add($"{HarmonyGolden.Text(line, "id")} {HarmonyGolden.Text(line, "kind")}\n  want {expected}\n  got  {actual}");
                continue;
            }
            others++;
            if (same) equal++;
        }
        output.WriteLine($"{held} held, {others} others of which {equal} equal the reference");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal((109, 259), (held, others));
    }

    [Fact]
    public void DeltasComeAsSoonAsTheyAreText()
    {
        Dictionary<string, JsonElement> lines = HarmonyGolden.Lines("parse.jsonl").ToDictionary(l => HarmonyGolden.Text(l, "id"));
        int exact = 0;
        foreach (JsonElement stream in HarmonyGolden.Lines("stream.jsonl"))
        {
            string id = HarmonyGolden.Text(stream, "id");
            JsonElement line = lines[id];
            if (!IsHeld(line) || !line.GetProperty("strict").TryGetProperty("messages", out _) || stream.TryGetProperty("deltas_incomplete", out _)) continue;
            var parser = new HarmonyParser(HarmonyGolden.Vocabulary, HarmonyGolden.RoleOf(stream));
            var shown = new Dictionary<string, string?>();
            foreach (JsonElement step in stream.GetProperty("steps").EnumerateArray())
            {
                JsonElement token = step.GetProperty("token");
                if (token.ValueKind == JsonValueKind.String) parser.Finish();
                else parser.Push(HarmonyGolden.Id(token));
                shown["delta"] = null;
                foreach (JsonProperty field in step.EnumerateObject()) shown[field.Name] = field.Value.ValueKind == JsonValueKind.Null ? null : field.Value.ToString();
                Dictionary<string, string?> actual = new()
                {
                    ["token"] = token.ToString(),
                    ["state"] = parser.State.ToString(),
                    ["role"] = parser.Role?.ToString().ToLowerInvariant(),
                    ["channel"] = parser.Channel,
                    ["recipient"] = parser.Recipient,
                    ["content_type"] = parser.ContentType,
                    ["delta"] = parser.Delta.Length == 0 ? null : parser.Delta,
                    ["messages"] = $"{parser.Messages.Count}",
                };
                Assert.True(shown.OrderBy(p => p.Key).SequenceEqual(actual.OrderBy(p => p.Key)), $"{id}: want {JsonSerializer.Serialize(shown)}\n got {JsonSerializer.Serialize(actual)}");
            }
            exact++;
        }
        output.WriteLine($"{exact} streams step by step");
        Assert.Equal(21, exact);
    }

    [Fact]
    public void DeltasTogetherAreTheContent()
    {
        foreach (JsonElement line in HarmonyGolden.Lines("parse.jsonl"))
        {
            var parser = new HarmonyParser(HarmonyGolden.Vocabulary, HarmonyGolden.RoleOf(line));
            var events = new List<HarmonyEvent>();
            foreach (int id in HarmonyGolden.Ids(line.GetProperty("tokens")))
            {
                parser.Push(id);
                events.AddRange(parser.Events);
            }
            parser.Finish();
            events.AddRange(parser.Events);
            AssertWhole(events, parser.Messages);
        }
    }

    /// <summary>Messages come one after another, each after all of its deltas.</summary>
    static void AssertWhole(IEnumerable<HarmonyEvent> events, IReadOnlyList<HarmonyMessage> messages)
    {
        string content = "";
        int finished = 0;
        foreach (HarmonyEvent e in events)
        {
            if (e is HarmonyDelta delta)
            {
                content += delta.Text;
                HarmonyMessage message = messages[finished];
                Assert.Equal(new HarmonyHeader(message.Role, message.Name, message.Channel, message.Recipient, message.ContentType), delta.Header);
                continue;
            }
            Assert.Same(messages[finished], ((HarmonyFinished)e).Message);
            Assert.Equal(messages[finished++].Text, content);
            content = "";
        }
        Assert.Equal(messages.Count, finished);
    }

    [Fact]
    public void RandomIdsLoseNoTextAndLeakNoToken()
    {
        HarmonyVocabulary vocabulary = HarmonyGolden.Vocabulary;
        string[] tokens = ["<|start|>", "<|channel|>", "<|constrain|>", "<|message|>", "<|end|>", "<|call|>", "<|return|>", "<|endoftext|>", "<|reserved_200013|>"];
        string[] headers = ["assistant", "analysis", "final", "commentary", " to=functions.f", "user", " json", "tool"];
        var random = new Random(7);
        int words = 0, messages = 0;
        for (int round = 0; round < 20000; round++)
        {
            ChatRole? role = random.Next(2) == 0 ? ChatRole.Assistant : null;
            var ids = new List<int>();
            var said = new List<(string Word, int At)>();
            for (int n = random.Next(1, 30); n > 0; n--)
            {
                int choice = random.Next(10);
                if (choice < 5) ids.Add(vocabulary.Tokenizer.FindId(tokens[random.Next(tokens.Length)])!.Value);
                else if (choice < 7) ids.AddRange(vocabulary.Tokenizer.Encode(headers[random.Next(headers.Length)]));
                else if (choice < 9)
                {
                    string word = $"q{words++}z";
                    ids.AddRange(vocabulary.Tokenizer.Encode(" " + word));
                    said.Add((word, ids.Count));
                }
                else ids.Add(random.Next(3) == 0 ? random.Next(int.MinValue, int.MaxValue) : random.Next(200000));
            }
            var parser = new HarmonyParser(vocabulary, role, spellStrayTokens: false);
            foreach (int id in ids) parser.Push(id);
            // What stands in a header at the very end may be half a header: a tool's name and more after the last start token.
            parser.Finish();
            messages += parser.Messages.Count;
            int end = ids.FindLastIndex(id => vocabulary.KindOf(id) is HarmonyToken.Start or HarmonyToken.Message or HarmonyToken.End or HarmonyToken.Call or HarmonyToken.Return);
            bool unfinished = end >= 0 && vocabulary.KindOf(ids[end]) == HarmonyToken.Start;
            string all = HarmonyWriter.Write(parser.Messages);
            foreach ((string word, int at) in said)
            {
                bool channel = ReplacedChannel(vocabulary, ids, at, word);
                if (!channel && !(unfinished && at > end)) Assert.True(all.Contains(word, StringComparison.Ordinal), $"{word} of {vocabulary.Tokenizer.Decode([.. ids])}\n{all}");
            }
            foreach (HarmonyMessage message in parser.Messages)
                Assert.DoesNotContain(tokens, t => message.Text.Contains(t, StringComparison.Ordinal));
        }
        output.WriteLine($"{words} words in {messages} messages");
        Assert.True(words > 5000 && messages > 5000);
    }

    /// <summary>Whether a word names a channel, which a later one may have replaced: the channel token is right before it.</summary>
    static bool ReplacedChannel(HarmonyVocabulary vocabulary, List<int> ids, int end, string word)
    {
        int start = end - vocabulary.Tokenizer.Encode(" " + word).Length;
        while (start > 0 && vocabulary.KindOf(ids[start - 1]) is HarmonyToken.Other or HarmonyToken.EndOfText or HarmonyToken.Unknown) start--;
        return start > 0 && vocabulary.KindOf(ids[start - 1]) == HarmonyToken.Channel;
    }

    [Fact]
    public void NothingThatTheReferenceReadsIsLost()
    {
        int checkedWords = 0;
        foreach (JsonElement line in HarmonyGolden.Lines("parse.jsonl"))
        {
            if (IsHeld(line)) continue;
            string all = HarmonyWriter.Write(Parse(line).Messages);
            foreach (string mode in (string[])["strict", "lenient"])
            {
                JsonElement result = line.GetProperty(mode);
                if (result.ValueKind != JsonValueKind.Object || !result.TryGetProperty("messages", out JsonElement messages)) continue;
                foreach (JsonElement message in messages.EnumerateArray())
                    foreach (string word in TokenOrBlank().Split(HarmonyGolden.Text(message, "content")))
                    {
                        // A recipient, and what is glued to one of these tokens, may be header that the reference took for content.
                        bool header = word.StartsWith("to=", StringComparison.Ordinal) || HarmonyGolden.Text(line, "text").Contains("<|channel|>" + word, StringComparison.Ordinal)
                            || HarmonyGolden.Text(line, "text").Contains("<|constrain|>" + word, StringComparison.Ordinal);
                        if (word.Length == 0 || header) continue;
                        string written = JsonSerializer.Serialize(word, HarmonyGolden.Relaxed)[1..^1];
                        Assert.True(all.Contains(written, StringComparison.Ordinal), $"{HarmonyGolden.Text(line, "id")} {HarmonyGolden.Text(line, "kind")}: {word} in {all}");
                        checkedWords++;
                    }
            }
        }
        output.WriteLine($"{checkedWords} words");
        Assert.True(checkedWords > 600);
    }

    [Fact]
    public void HowIdsCutATextDoesNotMatter()
    {
        HarmonyVocabulary bytes = new(SpelledTokenizer.Create([.. HarmonySpelling.Tokens.Select(t => t.Text), "<|endoftext|>", "<|startoftext|>", "<|reserved_200013|>"]));
        foreach (JsonElement line in HarmonyGolden.Lines("parse.jsonl"))
        {
            string text = HarmonyGolden.Text(line, "text");
            foreach (bool spell in (bool[])[true, false])
                Assert.Equal(Messages(HarmonyGolden.Vocabulary, text, HarmonyGolden.RoleOf(line), spell), Messages(bytes, text, HarmonyGolden.RoleOf(line), spell));
        }
    }

    static string Messages(HarmonyVocabulary vocabulary, string text, ChatRole? role, bool spell)
    {
        var parser = new HarmonyParser(vocabulary, role, spell);
        foreach (int id in vocabulary.Tokenizer.Encode(text, allowSpecial: true)) parser.Push(id);
        parser.Finish();
        return HarmonyWriter.Write(parser.Messages);
    }

    [GeneratedRegex(@"<\|[^|]*\|>|[\s\uFFFD]+")]
    private static partial Regex TokenOrBlank();

    static bool IsHeld(JsonElement line)
    {
        string kind = HarmonyGolden.Text(line, "kind");
        return s_held.Any(h => h.EndsWith('*') ? kind.StartsWith(h[..^1], StringComparison.Ordinal) : kind == h);
    }

    static HarmonyParser Parse(JsonElement line)
    {
        var parser = new HarmonyParser(HarmonyGolden.Vocabulary, HarmonyGolden.RoleOf(line));
        foreach (int id in HarmonyGolden.Ids(line.GetProperty("tokens"))) parser.Push(id);
        parser.Finish();
        return parser;
    }
}
