using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.AI;
using Poise.Core.Chat;
using Poise.Core.Engine;
using Poise.Core.Generation;
using Poise.Core.Library;
using Call = Poise.Core.Chat.ToolCall;

namespace Poise.Core.Client;

/// <summary>
/// A model of this machine as <see cref="IChatClient"/>. Any number of answers may run at once. Tokens come one update each,
/// whose <see cref="ChatResponseUpdate.RawRepresentation"/> is the <see cref="TokenChoice"/>; the last update has the reason
/// of the end and the usage, with the counts of <see cref="ChatKeys"/>.
/// </summary>
public sealed class PoiseChatClient : IChatClient
{
    readonly LocalModel _model;
    readonly TimeProvider _clock;
    readonly bool _owned;
    readonly Lock _lock = new();
    readonly HashSet<Answer> _running = [];
    bool _disposed;

    /// <param name="model">Stays the caller's.</param>
    /// <param name="clock">What "now" is in prompts that print the date; the system's clock if null.</param>
    public PoiseChatClient(LocalModel model, TimeProvider? clock = null)
        : this(model, clock, owned: false)
    {
    }

    PoiseChatClient(LocalModel model, TimeProvider? clock, bool owned)
    {
        _model = model;
        _clock = clock ?? TimeProvider.System;
        _owned = owned;
        Metadata = new ChatClientMetadata("poise", defaultModelId: model.Name);
        // An answer may take what is left of the context; the publisher's recommendations apply unless the caller says otherwise.
        Defaults = model.Package.GenerationDefaults.ApplyTo(new GenerationOptions { MaxTokens = model.Engine.Options.ContextLength });
    }

    public ChatClientMetadata Metadata { get; }

    /// <summary>What holds where <see cref="ChatOptions"/> say nothing.</summary>
    public GenerationOptions Defaults { get; }

    /// <summary>Opens a model for this client alone; it is closed with the client.</summary>
    public static PoiseChatClient Open(string path, LocalModelOptions? options = null) => Open(ModelPackage.Open(path), options);

    /// <inheritdoc cref="Open(string, LocalModelOptions?)"/>
    public static PoiseChatClient Open(ModelPackage package, LocalModelOptions? options = null) => new(LocalModel.Load(package, options), null, owned: true);

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken).ConfigureAwait(false);

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ChatOptionsReader.Check(options, _model.Name);
        var request = new ChatRequest
        {
            Messages = MessageReader.Read(messages, options?.Instructions),
            Tools = ChatOptionsReader.Tools(options),
            Effort = ChatOptionsReader.Effort(options),
            Now = _clock.GetLocalNow(),
        };
        GenerationOptions generation = ChatOptionsReader.Generation(options, Defaults, this);
        generation.Validate(_model.Model.Config.VocabularySize);
        bool oneCall = options?.AllowMultipleToolCalls is false, reasoning = options?.Reasoning?.Output is not ReasoningOutput.None;
        Channel<int> read = Channel.CreateUnbounded<int>();
        AnswerPlan plan = AnswerPlan.Chat(_model.Package, _model.Dialect, request, oneCall, tokens => read.Writer.TryWrite(tokens));
        return StreamAsync(request, plan, read.Reader, new Answer(_model.Engine, plan, generation), reasoning, cancellationToken);
    }

    async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(ChatRequest request, AnswerPlan plan, ChannelReader<int> read, Answer answer, bool reasoning, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Enter(answer);
        try
        {
            string response = Guid.NewGuid().ToString("N");
            DateTimeOffset created = _clock.GetUtcNow();
            int calls = request.Messages.Sum(message => message.ToolCalls.Count), made = 0;
            await using ConfiguredCancelableAsyncEnumerable<AnswerStep>.Enumerator steps = answer.ReadAsync(cancellation).ConfigureAwait(false).GetAsyncEnumerator();
            for (Task<bool> next = Next(); ; next = Next())
            {
                // A long prompt takes its time: whoever waits for the first token can see how far it has come.
                while (!answer.HasBegun && await Task.WhenAny(next, read.WaitToReadAsync(cancellation).AsTask()).ConfigureAwait(false) != next)
                {
                    ChatResponseUpdate progress = New();
                    int tokens = 0;
                    while (read.TryRead(out int more)) tokens = more;
                    progress.AdditionalProperties = new() { [ChatKeys.PromptRead] = (long)tokens, [ChatKeys.PromptLength] = (long)plan.Prompt.Length };
                    yield return progress;
                }

                if (!await next.ConfigureAwait(false)) break;
                ChatResponseUpdate update = New();
                update.RawRepresentation = steps.Current.Token;
                foreach (AnswerPart part in steps.Current.Parts)
                {
                    if (part is AnswerText text) update.Contents.Add(new Microsoft.Extensions.AI.TextContent(text.Text));
                    else if (part is AnswerReasoning thought && reasoning) update.Contents.Add(new TextReasoningContent(thought.Text));
                    else if (part is AnswerToolCall call) update.Contents.Add(CallContent(call.Call, $"call_{calls + made++}"));
                }

                yield return update;
            }

            ChatResponseUpdate last = New();
            last.FinishReason = made > 0 ? ChatFinishReason.ToolCalls : answer.Finish == FinishReason.Stop ? ChatFinishReason.Stop : ChatFinishReason.Length;
            last.Contents.Add(new UsageContent(Usage(answer)));
            yield return last;

            async Task<bool> Next() => await steps.MoveNextAsync();

            ChatResponseUpdate New() => new()
            {
                Role = Microsoft.Extensions.AI.ChatRole.Assistant, ResponseId = response, MessageId = response, ModelId = _model.Name, CreatedAt = created,
            };
        }
        finally
        {
            lock (_lock) _running.Remove(answer);
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        foreach (object service in (object[])[this, Metadata, _model, _model.Engine, _model.Model, _model.Package, _model.Tokenizer, _model.Dialect])
            if (serviceType.IsInstanceOfType(service)) return service;
        return null;
    }

    /// <summary>Refuses new answers, waits until those that run are written, and closes the model if it is the client's own.</summary>
    public void Dispose()
    {
        Task[] running;
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            running = [.. _running.Select(answer => answer.Ended)];
        }

        Task.WaitAll(running);
        if (_owned) _model.Dispose();
    }

    void Enter(Answer answer)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _running.Add(answer);
        }
    }

    static FunctionCallContent CallContent(Call call, string id)
    {
        // Goes back into the next prompt letter by letter: what the model wrote, ill-formed or not, and a prefix that is known.
        var written = new AdditionalPropertiesDictionary { [ChatKeys.ArgumentsText] = call.Arguments };
        try
        {
            using JsonDocument json = JsonDocument.Parse(call.Arguments.Length > 0 ? call.Arguments : "{}");
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException("The arguments are no JSON object.");
            var arguments = new Dictionary<string, object?>();
            foreach (JsonProperty property in json.RootElement.EnumerateObject()) arguments[property.Name] = property.Value.Clone();
            return new FunctionCallContent(id, call.Name, arguments) { AdditionalProperties = written };
        }
        catch (JsonException e)
        {
            // The caller learns of it and can tell the model.
            return new FunctionCallContent(id, call.Name) { Exception = e, AdditionalProperties = written };
        }
    }

    UsageDetails Usage(Answer answer)
    {
        SequenceStatistics statistics = answer.Statistics!;
        int used = statistics.PromptTokens + statistics.GeneratedTokens;
        return new UsageDetails
        {
            InputTokenCount = statistics.PromptTokens,
            OutputTokenCount = statistics.GeneratedTokens,
            TotalTokenCount = used,
            CachedInputTokenCount = statistics.ReusedTokens,
            ReasoningTokenCount = answer.ReasoningTokens,
            AdditionalCounts = new()
            {
                [ChatKeys.ContextUsed] = used,
                [ChatKeys.ContextLength] = _model.Engine.Options.ContextLength,
                [ChatKeys.PromptMicroseconds] = (long)statistics.Prompt.TotalMicroseconds,
                [ChatKeys.AnswerMicroseconds] = (long)statistics.Answer.TotalMicroseconds,
            },
        };
    }
}
