#:project ../src/Poise.Core/Poise.Core.csproj

// A C# function as a tool: what the model calls is executed and the result goes back, until it answers.
using Microsoft.Extensions.AI;
using Poise.Core.Client;
using Poise.Tensors;
if (args.Length is 0 or > 3 || !int.TryParse(args.ElementAtOrDefault(2) ?? "1000", out int most))
{
    Console.Error.WriteLine("Usage: dotnet run samples/tools.cs -- MODEL [QUESTION] [MAX-TOKENS]");
    return 2;
}

try
{
    using IChatClient client = PoiseChatClient.Open(args[0]);
    AIFunction days = AIFunctionFactory.Create((DateOnly from, DateOnly to) => to.DayNumber - from.DayNumber, "days_between");
    List<ChatMessage> messages = [new(ChatRole.User, args.ElementAtOrDefault(1) ?? "How many days are there from 2024-02-28 to 2025-01-01?")];
    for (int turn = 0; turn < 8; turn++)
    {
        ChatResponse response = await client.GetResponseAsync(messages, new ChatOptions { Tools = [days], MaxOutputTokens = most });
        messages.AddMessages(response);
        Console.WriteLine(response.Text);
        if (response.FinishReason != ChatFinishReason.ToolCalls) return 0;
        foreach (FunctionCallContent call in response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>())
        {
            object? result;
            try { result = call.Name == days.Name ? await days.InvokeAsync(new AIFunctionArguments(call.Arguments)) : $"There is no tool {call.Name}."; }
            catch (Exception e) { result = $"Error: {e.Message}"; } // the model may try again
            messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, result)]));
            Console.Error.WriteLine($"[{call.Name}: {result}]");
        }
    }
    throw new PoiseException("The model called tools eight times and gave no answer.");
}
catch (PoiseException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
