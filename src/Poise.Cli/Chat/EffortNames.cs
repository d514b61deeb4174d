using Microsoft.Extensions.AI;

namespace Poise.Cli.Chat;

/// <summary>Levels of reasoning as people write them.</summary>
static class EffortNames
{
    public static IReadOnlyList<string> All { get; } = ["low", "medium", "high"];

    public static ReasoningEffort? Parse(string name) => name switch
    {
        "low" => ReasoningEffort.Low,
        "medium" => ReasoningEffort.Medium,
        "high" => ReasoningEffort.High,
        _ => null,
    };

    public static string Of(ReasoningEffort effort) => effort switch
    {
        ReasoningEffort.Low => "low",
        ReasoningEffort.Medium => "medium",
        _ => "high",
    };
}
