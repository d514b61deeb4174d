using Microsoft.Extensions.AI;
using Poise.Cli.Chat.Commands;
using Poise.Cli.Host;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Poise.Cli.Chat;

/// <summary>Asks the person, lets the model answer, and goes on until one of them has had enough. An error ends an answer, never the conversation.</summary>
sealed class ChatLoop(ChatContext context, IChatInput input)
{
    const string NoResult = "(the user gave no result)";

    bool _failed;

    /// <summary>Returns the exit code: an error where any answer failed and no person was there to see it.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        while (!context.Leaves)
        {
            string draft = context.Draft;
            context.Draft = "";
            if (await input.ReadMessageAsync(draft, cancellation) is not { } text) break;
            if (string.IsNullOrWhiteSpace(text)) continue;
            if (input.TakesCommands && CommandTable.IsCommand(text))
            {
                await RunCommandAsync(text, cancellation);
                if (!context.WantsAnswer) continue;
                context.WantsAnswer = false;
            }
            else context.Conversation.AddUser(input.TakesCommands ? CommandTable.Unescape(text) : text);
            await AnswerAsync(cancellation);
        }
        return _failed && !input.TakesCommands ? ExitCode.Error : ExitCode.Ok;
    }

    async Task RunCommandAsync(string text, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using IAsyncDisposable stopping = input.StopWith(stop);
        try
        {
            await CommandTable.RunAsync(context, text, stop.Token);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            context.View.Error(error is OperationCanceledException ? "stopped" : CommandLine.Explain(error));
            context.Draft = text;
        }
    }

    async Task AnswerAsync(CancellationToken cancellation)
    {
        while (await AnswerOnceAsync(cancellation) is { } answer)
        {
            List<FunctionCallContent> calls = [.. answer.Contents.OfType<FunctionCallContent>()];
            if (calls.Count == 0 || !await AskForResultsAsync(calls, cancellation)) return;
        }
    }

    async Task<ChatMessage?> AnswerOnceAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using IAsyncDisposable stopping = input.StopWith(stop);
        int before = context.Conversation.Messages.Count;
        try
        {
            await context.Session.AnswerAsync(context.View.BeginAnswer(), stop.Token);
            cancellation.ThrowIfCancellationRequested();
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            // The conversation is worth more than the answer, whatever went wrong.
            context.View.Error(CommandLine.Explain(error));
            _failed = true;
        }
        IReadOnlyList<ChatMessage> messages = context.Conversation.Messages;
        if (messages.Count > before) return messages[^1];
        // Nothing came: the words go back to the editor. Results of tools stay; /retry asks again.
        if (messages is [.., { } last] && last.Role == ChatRole.User) context.Draft = context.Conversation.TakeLastUser() ?? "";
        return null;
    }

    // Every call gets a result, or the conversation could not go on.
    async Task<bool> AskForResultsAsync(List<FunctionCallContent> calls, CancellationToken cancellation)
    {
        bool all = true;
        foreach (FunctionCallContent call in calls)
        {
            string? result = all ? await input.ReadToolResultAsync(call, cancellation) : null;
            all &= result is not null;
            context.Conversation.AddToolResult(call, result ?? NoResult);
        }
        return all;
    }
}
