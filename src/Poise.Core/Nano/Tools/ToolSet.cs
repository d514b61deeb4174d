using System.Text.Json;
using Poise.Core.Chat;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tools;

/// <summary>The tools that conversations declare, one of them or both.</summary>
static class ToolSet
{
    static readonly JsonElement s_expression = Schema("""{"type":"object","properties":{"expression":{"type":"string"}},"required":["expression"]}""");
    static readonly JsonElement s_nothing = Schema("""{"type":"object","properties":{}}""");

    public static ToolDefinition Calculator(RandomStream random) =>
        new("calculator", random.Pick(["Computes an arithmetic expression.", "Calculates.", "A calculator for + - * / and brackets.", "Evaluates a formula"]), s_expression);

    public static ToolDefinition Clock(RandomStream random) =>
        new("clock", random.Pick(["Tells date and time.", "The current date and time.", "What time it is", "Gives the time now."]), s_nothing);

    /// <summary>The tool that is needed among others, in any order.</summary>
    public static ToolDefinition[] Around(ToolDefinition needed, Func<RandomStream, ToolDefinition> kind, RandomStream random)
    {
        Func<RandomStream, ToolDefinition>[] all = [Calculator, Clock];
        IEnumerable<ToolDefinition> others = all.Where(other => other != kind).Where(_ => random.Chance(70)).Select(other => other(random));
        return random.Shuffle(others.Append(needed));
    }

    /// <summary>Some tools, with nothing to do for any of them.</summary>
    public static ToolDefinition[] Idle(RandomStream random) => Around(Calculator(random), Calculator, random);

    static JsonElement Schema(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
