using System.Globalization;
using Poise.Core.Chat.Harmony;
using Poise.Tensors;

namespace Poise.Core.Chat.Dialects;

/// <summary>
/// A request as a harmony conversation. What others call the system prompt is the developer's; the system message is the format's own.
/// Reasoning is kept only around calls that no answer has followed yet, as the format's description asks (the reference library keeps more:
/// all that follows the first answer).
/// </summary>
public static class HarmonyRequest
{
    const string Python = "python";
    const string BrowserPrefix = "browser.";

    /// <exception cref="PoiseException">A tool's result answers no call, or a message holds something else than text.</exception>
    public static HarmonyConversation ToConversation(ChatRequest request)
    {
        if (request.Messages.Any(m => m.Content.Any(part => part is not TextContent))) throw new PoiseException("A message holds something else than text, which models of this family cannot read.");
        var messages = new List<HarmonyMessage> { SystemMessage(request.Effort, DateOnly.FromDateTime(request.Now.DateTime)) };
        int first = request.Messages.TakeWhile(IsInstruction).Count();
        AddDeveloper(messages, request.Messages.Take(first), request.Tools);
        int answered = -1;
        for (int i = 0; i < request.Messages.Count; i++)
            if (request.Messages[i] is { Role: ChatRole.Assistant, ToolCalls.Count: 0 }) answered = i;
        var calls = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = first; i < request.Messages.Count; i++)
        {
            ChatMessage message = request.Messages[i];
            if (IsInstruction(message)) AddDeveloper(messages, [message], []);
            else if (message.Role == ChatRole.User) messages.Add(new HarmonyMessage { Role = ChatRole.User, Name = message.Name, Content = [new HarmonyText(message.Text)] });
            else if (message.Role == ChatRole.Tool) messages.Add(ResultOf(message, request.Tools, calls));
            else AddAssistant(messages, message, keepReasoning: i > answered, request.Tools, calls);
        }
        return new HarmonyConversation(messages);
    }

    /// <summary>The format's own system message.</summary>
    /// <param name="effort">Null is medium.</param>
    /// <param name="date">Null leaves the date out.</param>
    internal static HarmonyMessage SystemMessage(ReasoningEffort? effort, DateOnly? date)
    {
        var system = new HarmonySystem
        {
            ModelIdentity = HarmonySystem.DefaultIdentity,
            KnowledgeCutoff = HarmonySystem.DefaultKnowledgeCutoff,
            StartDate = date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Effort = effort ?? ReasoningEffort.Medium,
            Channels = HarmonySpelling.Channels,
            ChannelRequired = true,
        };
        return new HarmonyMessage { Role = ChatRole.System, Content = [system] };
    }

    internal static bool IsInstruction(ChatMessage message) => message.Role is ChatRole.System or ChatRole.Developer;

    /// <summary>Adds what instructs the model, and the tools that it may call, where there is either.</summary>
    internal static void AddDeveloper(List<HarmonyMessage> messages, IEnumerable<ChatMessage> instructions, IReadOnlyList<ToolDefinition> tools)
    {
        string text = string.Join("\n\n", instructions.Select(m => m.Text).Where(t => t.Length > 0));
        if (text.Length == 0 && tools.Count == 0) return;
        HarmonyFunction[] functions = [.. tools.Select(t => new HarmonyFunction(t.Name, t.Description ?? "", t.Parameters))];
        var content = new HarmonyDeveloper
        {
            Instructions = text.Length == 0 ? null : text,
            Tools = functions.Length == 0 ? [] : [new HarmonyNamespace(HarmonySpelling.Functions, HarmonySpelling.Functions, null, functions)],
        };
        messages.Add(new HarmonyMessage { Role = ChatRole.Developer, Content = [content] });
    }

    static void AddAssistant(List<HarmonyMessage> messages, ChatMessage message, bool keepReasoning, IReadOnlyList<ToolDefinition> tools, Dictionary<string, string> calls)
    {
        if (keepReasoning && message.Reasoning is { Length: > 0 } reasoning) Add(HarmonySpelling.Analysis, reasoning);
        // Words beside calls announce them; without calls they are the answer.
        string text = message.Text;
        if (message.ToolCalls.Count == 0) Add(HarmonySpelling.Final, text);
        else if (text.Length > 0) Add(HarmonySpelling.Commentary, text);
        foreach (ToolCall call in message.ToolCalls)
        {
            calls[call.Id] = call.Name;
            bool builtIn = IsBuiltIn(call.Name, tools);
            messages.Add(new HarmonyMessage
            {
                Role = ChatRole.Assistant,
                Channel = builtIn ? HarmonySpelling.Analysis : HarmonySpelling.Commentary,
                Recipient = builtIn ? call.Name : HarmonySpelling.FunctionPrefix + call.Name,
                ContentType = builtIn ? "code" : HarmonySpelling.Constrain + "json",
                Content = [new HarmonyText(call.Arguments)],
            });
        }

        void Add(string channel, string said) => messages.Add(new HarmonyMessage { Role = ChatRole.Assistant, Channel = channel, Content = [new HarmonyText(said)] });
    }

    static HarmonyMessage ResultOf(ChatMessage message, IReadOnlyList<ToolDefinition> tools, Dictionary<string, string> calls)
    {
        string name = (message.ToolCallId is { } id && calls.TryGetValue(id, out string? called) ? called : message.Name)
            ?? throw new PoiseException(message.ToolCallId is { } missing
                ? $"A tool's result answers the call \"{missing}\", which no message before it makes."
                : "A tool's result says neither which call it answers nor which tool it is from.");
        bool builtIn = IsBuiltIn(name, tools);
        return new HarmonyMessage
        {
            Role = ChatRole.Tool,
            Name = builtIn || name.StartsWith(HarmonySpelling.FunctionPrefix, StringComparison.Ordinal) ? name : HarmonySpelling.FunctionPrefix + name,
            Channel = builtIn ? HarmonySpelling.Analysis : HarmonySpelling.Commentary,
            Recipient = "assistant",
            Content = [new HarmonyText(message.Text)],
        };
    }

    // The tools that models of the family know by themselves, unless the user's have the names.
    static bool IsBuiltIn(string name, IReadOnlyList<ToolDefinition> tools) =>
        (name == Python || name.StartsWith(BrowserPrefix, StringComparison.Ordinal)) && tools.All(t => t.Name != name);
}
