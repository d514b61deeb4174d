#:project ../src/Poise.Core/Poise.Core.csproj

// One question; the answer is shown as it is written. Reasoning is grey, and goes to standard error.
using Microsoft.Extensions.AI;
using Poise.Core.Client;
using Poise.Tensors;

if (args.Length is 0 or > 3 || !int.TryParse(args.ElementAtOrDefault(2) ?? "512", out int most))
{
    Console.Error.WriteLine("Usage: dotnet run samples/chat.cs -- MODEL [QUESTION] [MAX-TOKENS]");
    return 2;
}

try
{
    using IChatClient client = PoiseChatClient.Open(args[0]);
    string question = args.ElementAtOrDefault(1) ?? "Why is the sky blue?";
    await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(question, new ChatOptions { MaxOutputTokens = most }))
    {
        foreach (AIContent content in update.Contents)
        {
            Console.ForegroundColor = ConsoleColor.DarkGray;
            if (content is TextReasoningContent thought) Console.Error.Write(thought.Text);
            Console.ResetColor();
            if (content is TextContent text) Console.Write(text.Text);
        }
    }

    Console.WriteLine();
    return 0;
}
catch (PoiseException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
