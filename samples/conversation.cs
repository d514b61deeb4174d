#:project ../src/Poise.Core/Poise.Core.csproj

// A conversation: each line of standard input is a message, and the model sees all that was said before.
using Microsoft.Extensions.AI;
using Poise.Core.Client;
using Poise.Tensors;
if (args.Length is 0 or > 2 || !int.TryParse(args.ElementAtOrDefault(1) ?? "1000", out int most))
{
    Console.Error.WriteLine("Usage: dotnet run samples/conversation.cs -- MODEL [MAX-TOKENS]");
    return 2;
}

try
{
    using IChatClient client = PoiseChatClient.Open(args[0]);
    List<ChatMessage> messages = [];
    while (Console.ReadLine() is { Length: > 0 } line)
    {
        messages.Add(new ChatMessage(ChatRole.User, line));
        List<ChatResponseUpdate> updates = [];
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(messages, new ChatOptions { MaxOutputTokens = most }))
        {
            Console.Write(update.Text);
            updates.Add(update);
        }

        Console.WriteLine();
        messages.AddMessages(updates);
        UsageDetails usage = updates.ToChatResponse().Usage!;
        Console.Error.WriteLine($"[prompt {usage.InputTokenCount} tokens, {usage.CachedInputTokenCount} of them known; answer {usage.OutputTokenCount}]");
    }

    return 0;
}
catch (PoiseException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
