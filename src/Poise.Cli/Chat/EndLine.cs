namespace Poise.Cli.Chat;

/// <summary>The line of figures below an answer.</summary>
static class EndLine
{
    public static string Of(AnswerEnd end)
    {
        string figures = end.Statistics.ToString();
        string? how = end.Reason switch
        {
            "stop" or "tool_calls" => null,
            "length" when end.Statistics is { ContextUsed: { } used, ContextLength: { } length } && used >= length => "the context is full: /clear begins anew, /save keeps what was said",
            "length" => "cut at the limit of tokens",
            _ => end.Reason,
        };
        return string.Join(" · ", ((string?[])[figures.Length == 0 ? null : figures, how]).OfType<string>());
    }
}
