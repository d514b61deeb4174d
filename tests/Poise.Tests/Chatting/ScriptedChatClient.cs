using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Poise.Core.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using ChatRole = Microsoft.Extensions.AI.ChatRole;
using TextContent = Microsoft.Extensions.AI.TextContent;

namespace Poise.Tests.Chatting;

/// <summary>A model that says what the test wrote down, and remembers what it was asked.</summary>
sealed class ScriptedChatClient : IChatClient
{
    readonly Queue<Func<CancellationToken, IAsyncEnumerable<AIContent>>> _answers = new();

    ((long Done, long Total)[]? Steps, Action? Then) _progress;

    public List<(IReadOnlyList<ChatMessage> Messages, ChatOptions Options)> Requests { get; } = [];

    public bool IsDisposed { get; private set; }

    public static UsageContent Usage(long prompt, long answer) => new(new UsageDetails
    {
        InputTokenCount = prompt,
        OutputTokenCount = answer,
        CachedInputTokenCount = prompt / 2,
        AdditionalCounts = new AdditionalPropertiesDictionary<long>
        {
            [ChatKeys.ContextUsed] = prompt + answer,
            [ChatKeys.ContextLength] = 8192,
            [ChatKeys.PromptMicroseconds] = 500_000,
            [ChatKeys.AnswerMicroseconds] = 1_000_000,
        },
    });

    public ScriptedChatClient Says(params AIContent[] contents)
    {
        _answers.Enqueue(_ => contents.ToAsyncEnumerable());
        return this;
    }

    public ScriptedChatClient Says(params string[] pieces) => Says([.. pieces.Select(piece => new TextContent(piece)), Usage(100, 11)]);

    public ScriptedChatClient Fails(Exception error, params string[] before)
    {
        _answers.Enqueue(_ => Failing(error, before));
        return this;
    }

    /// <summary>Before the next answer, tells how far the prompt has been read, and calls back.</summary>
    public ScriptedChatClient Reads((long Done, long Total)[] progress, Action then)
    {
        _progress = (progress, then);
        return this;
    }

    /// <summary>Says this, calls back, and then waits until it is stopped.</summary>
    public ScriptedChatClient Hangs(Action then, params string[] before)
    {
        _answers.Enqueue(token => Hanging(then, before, token));
        return this;
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Requests.Add(([.. messages], options!));
        Assert.True(_answers.Count > 0, "one answer more than was written down");
        foreach ((long done, long total) in _progress.Steps ?? [])
            yield return new ChatResponseUpdate { AdditionalProperties = new AdditionalPropertiesDictionary { [ChatKeys.PromptRead] = done, [ChatKeys.PromptLength] = total } };
        _progress.Then?.Invoke();
        _progress = default;
        bool calls = false;
        await foreach (AIContent content in _answers.Dequeue()(cancellationToken).WithCancellation(cancellationToken))
        {
            calls |= content is FunctionCallContent;
            yield return new ChatResponseUpdate(ChatRole.Assistant, [content]);
        }
        yield return new ChatResponseUpdate { FinishReason = calls ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop };
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new InvalidOperationException("answers are streamed");

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose() => IsDisposed = true;

    static async IAsyncEnumerable<AIContent> Failing(Exception error, string[] before)
    {
        foreach (string piece in before) yield return new TextContent(piece);
        await Task.Yield();
        throw error;
    }

    static async IAsyncEnumerable<AIContent> Hanging(Action then, string[] before, [EnumeratorCancellation] CancellationToken token)
    {
        foreach (string piece in before) yield return new TextContent(piece);
        then();
        await Task.Delay(TimeSpan.FromSeconds(30), token);
        Assert.Fail("it was not stopped");
    }
}
