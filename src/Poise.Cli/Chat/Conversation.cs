using Microsoft.Extensions.AI;
using Poise.Core.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using ChatRole = Microsoft.Extensions.AI.ChatRole;
using ReasoningEffort = Microsoft.Extensions.AI.ReasoningEffort;

namespace Poise.Cli.Chat;

/// <summary>All that a conversation is: what was said, and the settings it is held under. What /save writes and /load reads.</summary>
sealed class Conversation
{
    /// <summary>The model it is held with, as the person named it.</summary>
    public string Model { get; set; } = "";

    public string? System { get; set; }

    /// <summary>Null leaves it to the model.</summary>
    public ReasoningEffort? Effort { get; set; }

    public IReadOnlyList<DeclaredTool> Tools { get; set; } = [];

    public List<ChatMessage> Messages { get; } = [];

    /// <summary>How answers are sampled. Effort and tools are added to it for each request.</summary>
    public ChatOptions Sampling { get; set; } = new();

    /// <summary>The index of the last message of the user, or -1.</summary>
    public int LastUser => Messages.FindLastIndex(message => message.Role == ChatRole.User);

    public static bool IsStopped(ChatMessage message) => message.AdditionalProperties?.ContainsKey(ChatKeys.Stopped) == true;

    public IReadOnlyList<ChatMessage> Request() =>
        string.IsNullOrEmpty(System) ? [.. Messages] : [new ChatMessage(ChatRole.System, System), .. Messages];

    public ChatOptions Options()
    {
        ChatOptions options = Sampling.Clone();
        if (Effort is { } effort) options.Reasoning = new ReasoningOptions { Effort = effort };
        if (Tools.Count > 0) options.Tools = [.. Tools];
        return options;
    }

    public void AddUser(string text) => Messages.Add(new ChatMessage(ChatRole.User, text));

    public void AddToolResult(FunctionCallContent call, string result) =>
        Messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, result)]));

    /// <summary>Takes the last message of the user and all that follows out; returns its text, or null where there is none.</summary>
    public string? TakeLastUser()
    {
        int at = LastUser;
        if (at < 0) return null;
        string text = Messages[at].Text;
        Messages.RemoveRange(at, Messages.Count - at);
        return text;
    }

    /// <summary>The next answer to the same words comes from other random numbers, which can be found again.</summary>
    public void ChangeSeed() => Sampling.Seed = unchecked((Sampling.Seed ?? 0) + 1);

    public void CopyFrom(Conversation other)
    {
        (System, Effort, Tools, Sampling) = (other.System, other.Effort, other.Tools, other.Sampling);
        Messages.Clear();
        Messages.AddRange(other.Messages);
    }
}
