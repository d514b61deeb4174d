namespace Poise.Core.Chat.Harmony;

/// <summary>A message of the harmony format, as it stands in a prompt or as a model wrote it.</summary>
public sealed record HarmonyMessage
{
    public required ChatRole Role { get; init; }

    /// <summary>The author's name; for a tool, which tool.</summary>
    public string? Name { get; init; }

    /// <summary><c>analysis</c> (reasoning), <c>commentary</c> (calls, and words about them to the user) or <c>final</c> (the answer).</summary>
    public string? Channel { get; init; }

    /// <summary>Whom the message is for, such as <c>functions.get_weather</c>; <c>all</c> is as good as nobody, but ends in a call.</summary>
    public string? Recipient { get; init; }

    /// <summary>What the content is, such as <c>&lt;|constrain|&gt;json</c> or <c>code</c>.</summary>
    public string? ContentType { get; init; }

    /// <summary>Its parts, joined without a separator.</summary>
    public IReadOnlyList<HarmonyContent> Content { get; init; } = [];

    /// <summary>All parts that are text.</summary>
    public string Text => string.Concat(Content.OfType<HarmonyText>().Select(t => t.Text));
}
