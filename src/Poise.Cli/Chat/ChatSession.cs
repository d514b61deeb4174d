using Microsoft.Extensions.AI;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Poise.Cli.Chat;

/// <summary>A conversation and the model that it is held with. Knows no terminal.</summary>
sealed class ChatSession(Conversation conversation, IChatClient client, TimeProvider time) : IDisposable
{
    readonly List<AnswerStatistics> _answers = [];

    public Conversation Conversation => conversation;

    public IChatClient Client { get; private set; } = client;

    /// <summary>Figures of the answers since the start, oldest first.</summary>
    public IReadOnlyList<AnswerStatistics> Answers => _answers;

    /// <summary>
    /// Lets the model answer. A stopped answer is kept, marked as such, and so is what came before an error, which is thrown on.
    /// </summary>
    public async Task AnswerAsync(IAnswerView view, CancellationToken stop)
    {
        var answer = new AnswerBuilder(view, time);
        AnswerOutcome outcome = AnswerOutcome.Failed;
        try
        {
            await foreach (ChatResponseUpdate update in Client.GetStreamingResponseAsync(conversation.Request(), conversation.Options(), stop))
                answer.Add(update);
            outcome = AnswerOutcome.Complete;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            outcome = AnswerOutcome.Stopped;
        }
        finally
        {
            ChatMessage? message = answer.ToMessage(stopped: outcome != AnswerOutcome.Complete);
            if (message is not null)
            {
                conversation.Messages.Add(message);
                _answers.Add(answer.Statistics);
            }
            view.End(new AnswerEnd(outcome, Reason(outcome, answer.FinishReason), answer.Statistics));
        }
    }

    /// <summary>Goes on with another model; the conversation stays.</summary>
    public void SwitchTo(IChatClient other, string name)
    {
        Client.Dispose();
        (Client, conversation.Model) = (other, name);
    }

    public void Dispose() => Client.Dispose();

    static string Reason(AnswerOutcome outcome, ChatFinishReason? reason) => outcome switch
    {
        AnswerOutcome.Stopped => "stopped",
        AnswerOutcome.Failed => "error",
        _ => (reason ?? ChatFinishReason.Stop).Value,
    };
}
