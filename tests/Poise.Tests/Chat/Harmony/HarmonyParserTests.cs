using System.Text.Json;
using Poise.Core.Chat;
using Poise.Core.Chat.Harmony;

namespace Poise.Tests.Chat.Harmony;

/// <summary>Golden streams: well-formed ones exactly, all others without a loss or a leak.</summary>
public class HarmonyParserTests(ITestOutputHelper output)
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
            else output.WriteLine($"{HarmonyGolden.Text(line, "id")} {HarmonyGolden.Text(line, "kind")}: {JsonSerializer.Serialize(HarmonyGolden.Text(line, "text"), HarmonyGolden.Relaxed)}\n    {actual}");
        }
        output.WriteLine($"{held} held, {others} others of which {equal} equal the reference");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

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
