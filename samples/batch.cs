#:project ../src/Poise.Core/Poise.Core.csproj

// Many questions, one a line of standard input, answered at once by one engine and printed in order.
using System.Diagnostics;
using Microsoft.Extensions.AI;
using Poise.Core.Client;
using Poise.Core.Engine;
using Poise.Tensors;

if (args.Length is 0 or > 2 || !int.TryParse(args.ElementAtOrDefault(1) ?? "1000", out int most))
{
    Console.Error.WriteLine("Usage: dotnet run samples/batch.cs -- MODEL [MAX-TOKENS] < questions.txt");
    return 2;
}

try
{
    using IChatClient client = PoiseChatClient.Open(args[0], new LocalModelOptions { Engine = new EngineOptions { MaxSequences = 64 } });
    string[] questions = Console.In.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    var options = new ChatOptions { MaxOutputTokens = most };
    var clock = Stopwatch.StartNew();
    Task<ChatResponse>[] answers = [.. questions.Select(question => client.GetResponseAsync(question, options))];
    long tokens = 0;
    for (int i = 0; i < answers.Length; i++)
    {
        ChatResponse answer = await answers[i];
        tokens += answer.Usage!.OutputTokenCount!.Value;
        Console.WriteLine($"{questions[i]}\n{answer.Text}\n");
    }

    Console.Error.WriteLine($"[{answers.Length} answers, {tokens / clock.Elapsed.TotalSeconds:0.0} tokens a second]");
    return 0;
}
catch (PoiseException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
