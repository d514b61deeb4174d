using System.Text.Json;
using Poise.Tests.Support;

namespace Poise.Tests.Chat.Templates;

/// <summary>The choice of golden cases that lives in the project: every feature, and templates of many families.</summary>
public sealed class CarriedGoldenTests
{
    [Fact]
    public void SnippetsOfEveryFeature()
    {
        (int count, List<string> wrong) = GoldenCases.Snippets(Shared.Golden("jinja", "snippets.json"));
        Assert.Equal(1179, count);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void PublishedTemplatesWithAllConversations()
    {
        JsonElement conversations = GoldenCases.Read(Shared.Golden("jinja", "conversations.json"));
        int count = 0;
        var wrong = new List<string>();
        foreach (string file in Directory.EnumerateFiles(Shared.Golden("jinja", "rendered"), "*.json").Order(StringComparer.Ordinal))
        {
            string source = File.ReadAllText(Shared.Golden("jinja", "templates", Path.GetFileNameWithoutExtension(file)));
            (int here, List<string> problems) = GoldenCases.Renderings(file, source, conversations);
            count += here;
            wrong.AddRange(problems);
        }
        Assert.Equal(19 * 43, count);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }
}
