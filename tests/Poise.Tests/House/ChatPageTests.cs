using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using Poise.Core.Chat;
using Poise.Core.Client;
using Poise.Core.Generation;
using ReasoningEffort = Microsoft.Extensions.AI.ReasoningEffort;

namespace Poise.Tests.House;

/// <summary>The tables of docs/chat.md are what the types have and what the code says.</summary>
public sealed partial class ChatPageTests
{
    const string Page = "docs/chat.md";

    /// <summary>Options that are refused, with the property at fault. The model that runs is called MODEL.</summary>
    static readonly (string Property, ChatOptions Options)[] s_refused =
    [
        ("AdditionalProperties", new() { AdditionalProperties = new() { ["NAME"] = 1 } }),
        ("AllowBackgroundResponses", new() { AllowBackgroundResponses = true }),
        ("ContinuationToken", new() { ContinuationToken = ResponseContinuationToken.FromBytes(new byte[] { 1 }) }),
        ("ConversationId", new() { ConversationId = "1" }),
        ("ModelId", new() { ModelId = "NAME" }),
        ("RawRepresentationFactory", new() { RawRepresentationFactory = _ => "text" }),
        ("Reasoning", new() { Reasoning = new() { Effort = ReasoningEffort.None } }),
        ("Reasoning", new() { Reasoning = new() { Output = ReasoningOutput.Summary } }),
        ("ResponseFormat", new() { ResponseFormat = ChatResponseFormat.Json }),
        ("ToolMode", new() { ToolMode = ChatToolMode.RequireAny }),
        ("Tools", new() { Tools = [new HostedWebSearchTool()] }),
        ("Tools", new() { Tools = [AIFunctionFactory.Create(() => 1, "NAME"), AIFunctionFactory.Create(() => 2, "NAME")] }),
    ];

    /// <summary>One value of each property that changes how tokens are chosen.</summary>
    static readonly (string Property, ChatOptions Options)[] s_sampling =
    [
        ("FrequencyPenalty", new() { FrequencyPenalty = 1 }),
        ("MaxOutputTokens", new() { MaxOutputTokens = 7 }),
        ("PresencePenalty", new() { PresencePenalty = 1 }),
        ("RawRepresentationFactory", new() { RawRepresentationFactory = _ => new GenerationOptions { MinP = 0.1 } }),
        ("Seed", new() { Seed = 7 }),
        ("StopSequences", new() { StopSequences = ["."] }),
        ("Temperature", new() { Temperature = 1 }),
        ("TopK", new() { TopK = 7 }),
        ("TopP", new() { TopP = 0.5f }),
    ];

    [Fact]
    public void EveryPropertyOfChatOptionsHasARow() =>
        Assert.Equal(typeof(ChatOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name).Order(StringComparer.Ordinal), Rows("property").Select(row => row[0]));

    [Fact]
    public void WhatIsRefusedIsRefusedInTheWordsOfThePage()
    {
        ILookup<string, string> said = s_refused.ToLookup(entry => entry.Property, entry => Refusal(entry.Property, entry.Options));
        foreach (string[] row in Rows("property"))
            Assert.Equal(said[row[0]].Order(StringComparer.Ordinal), Code().Matches(row[2]).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void WhatIsHonouredArrives()
    {
        var defaults = new GenerationOptions();
        Assert.All(s_sampling, entry => Assert.NotEqual(defaults, Read(entry.Options, defaults)));
        Assert.Equal(defaults, Read(new ChatOptions(), defaults));
        Assert.All(Rows("name", "value"), row => Assert.NotEqual(defaults, Read(new ChatOptions { AdditionalProperties = new() { [row[0]] = Example(row[1]) } }, defaults)));
    }

    [Fact]
    public void TheSamplingPropertiesAreThoseOfTheCode()
    {
        string[][] rows = [.. Rows("name", "value")];
        Assert.Equal(SamplingProperties.Names, rows.Select(row => row[0]));
        Assert.All(rows, row => Assert.NotNull(typeof(GenerationOptions).GetProperty(row[2])));
    }

    [Fact]
    public void TheKeysAreThoseOfTheCode() =>
        Assert.Equal(typeof(ChatKeys).GetFields().Select(field => (string)field.GetRawConstantValue()!), Rows("name", "where").Select(row => row[0]));

    static string Refusal(string property, ChatOptions options)
    {
        string message = Assert.Throws<NotSupportedException>(() =>
        {
            ChatOptionsReader.Check(options, "MODEL");
            ChatOptionsReader.Effort(options);
            ChatOptionsReader.Tools(options);
            Read(options, new GenerationOptions());
        }).Message;
        Match parts = Message().Match(message);
        Assert.True(parts.Success && parts.Groups[1].Value == property, message);
        return parts.Groups[2].Value;
    }

    // No option asks the client anything here.
    static GenerationOptions Read(ChatOptions options, GenerationOptions defaults) => ChatOptionsReader.Generation(options, defaults, null!);

    // The text in the cell of an example, or a number that is no default; ranges are checked later.
    static object Example(string cell) => Code().Match(cell) is { Success: true } example ? example.Groups[1].Value : 2;

    /// <summary>Cells of the table with these first headings, the first cell without its backquotes.</summary>
    static IEnumerable<string[]> Rows(params string[] headings)
    {
        string[] lines = SourceTree.Lines(Page);
        int head = Array.FindIndex(lines, line => line.StartsWith($"| {string.Join(" | ", headings)} |", StringComparison.Ordinal));
        Assert.True(head >= 0, $"{Page} has no table {string.Join(", ", headings)}");
        foreach (string line in lines.Skip(head + 2).TakeWhile(line => line.StartsWith('|')))
        {
            string[] cells = [.. line.Split('|')[1..^1].Select(cell => cell.Trim())];
            cells[0] = cells[0].Trim('`');
            yield return cells;
        }
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^ChatOptions\.(\w+)(?:\.\w+)? cannot be honoured: (.*)\.$")]
    private static partial Regex Message();
}
