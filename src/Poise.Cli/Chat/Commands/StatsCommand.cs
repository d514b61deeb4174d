using System.Globalization;
using Poise.Cli.Output;

namespace Poise.Cli.Chat.Commands;

sealed class StatsCommand : ChatCommand
{
    public override string Name => "/stats";

    public override string Help => "Show tokens, speeds and how full the context is";

    public override Task RunAsync(ChatContext context, string argument, CancellationToken cancellation)
    {
        IReadOnlyList<AnswerStatistics> answers = context.Session.Answers;
        if (answers.Count == 0)
        {
            context.View.Notice("no answers yet");
            return Task.CompletedTask;
        }
        AnswerStatistics last = answers[^1];
        var rows = new List<string>
        {
            $"messages   {Quantity.Count(context.Conversation.Messages.Count)}",
            $"answers    {Quantity.Count(answers.Count)}",
            $"prompts    {Total(answers, a => a.PromptTokens)} tokens, {Total(answers, a => a.CachedTokens)} of them reused; the last at {Rate(last.PromptTokensPerSecond)}",
            $"written    {Total(answers, a => a.AnswerTokens)} tokens, {Total(answers, a => a.ReasoningTokens)} of them reasoning; the last at {Rate(last.TokensPerSecond)}",
        };
        if (last.ContextUsed is { } used)
            rows.Add($"context    {Quantity.Count(used)}" + (last.ContextLength is > 0 and var length
                ? string.Create(CultureInfo.InvariantCulture, $" of {Quantity.Count(length)} tokens, {100.0 * used / length:0} %") : " tokens"));
        context.View.Notice(string.Join('\n', rows));
        return Task.CompletedTask;
    }

    static string Total(IReadOnlyList<AnswerStatistics> answers, Func<AnswerStatistics, long?> count) => Quantity.Count(answers.Sum(count) ?? 0);

    static string Rate(double? rate) => rate is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value:0.0} tok/s") : "an unknown speed";
}
