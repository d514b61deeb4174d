#:project ../src/Poise.Core/Poise.Core.csproj

// One question; the answer is shown as it is written. What the model thinks is dim, and goes to standard error.
using Microsoft.Extensions.AI;
using Poise.Core.Client;
using Poise.Tensors;
if (args.Length is 0 or > 3 || !int.TryParse(args.ElementAtOrDefault(2) ?? "1000", out int most))
{
    Console.Error.WriteLine("Usage: dotnet run samples/chat.cs -- MODEL [QUESTION] [MAX-TOKENS]");
    return 2;
}

try
{
    using IChatClient client = PoiseChatClient.Open(args[0]);
    string question = args.ElementAtOrDefault(1) ?? "Why is the sky blue?";
    (string dim, string normal) = Console.IsErrorRedirected ? ("", "") : ("\e[2m", "\e[0m");
    bool thinking = false;
    await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(question, new ChatOptions { MaxOutputTokens = most }))
    {
        foreach (TextReasoningContent thought in update.Contents.OfType<TextReasoningContent>())
        {
            Console.Error.Write($"{dim}{thought.Text}{normal}");
            thinking = true;
        }

        if (thinking && update.Text.Length > 0) Console.Error.WriteLine();
        thinking &= update.Text.Length == 0;
        Console.Write(update.Text);
    }

    Console.WriteLine();
    return 0;
}
catch (PoiseException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
