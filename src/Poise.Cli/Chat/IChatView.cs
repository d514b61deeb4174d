namespace Poise.Cli.Chat;

/// <summary>Where a conversation is shown.</summary>
interface IChatView
{
    bool ShowsReasoning { get; set; }

    /// <summary>Something that is neither the person's nor the model's.</summary>
    void Notice(string text);

    void Error(string text);

    IAnswerView BeginAnswer();
}
