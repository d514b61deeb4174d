using Microsoft.Extensions.AI;
using Poise.Cli.Host;
using Poise.Cli.Terminal;

namespace Poise.Cli.Chat;

/// <summary>One message a line. In a conversation with JSON events a line may be a JSON object as well, see <see cref="JsonMessage"/>.</summary>
/// <param name="prompts">Where a person at a dumb terminal is prompted: commands count then, and Ctrl-C stops an answer. Null for a script.</param>
sealed class PlainInput(TextReader lines, IChatView view, TextWriter? prompts, bool json) : IChatInput
{
    int _line;

    public bool TakesCommands => prompts is not null;

    public async Task<string?> ReadMessageAsync(string draft, CancellationToken cancellation)
    {
        while (await ReadLineAsync("> ", cancellation) is { } line)
        {
            if (!json || !JsonMessage.IsJson(line)) return line;
            if (JsonMessage.TryParse(line, out JsonMessage message, out string problem) && message.CallId is null) return message.Content;
            view.Error($"line {_line}: {(problem.Length > 0 ? problem : "no tool was called")}");
        }
        return null;
    }

    public async Task<string?> ReadToolResultAsync(FunctionCallContent call, CancellationToken cancellation)
    {
        if (await ReadLineAsync($"{ShownText.Of(call.Name)} = ", cancellation) is not { } line) return null;
        if (!json || !JsonMessage.IsJson(line)) return line;
        if (!JsonMessage.TryParse(line, out JsonMessage message, out string problem)) view.Error($"line {_line}: {problem}");
        else if (message.CallId == call.CallId) return message.Content;
        else view.Error($"line {_line}: expected the result of call {call.CallId}");
        return null;
    }

    public IAsyncDisposable StopWith(CancellationTokenSource answer) => prompts is not null ? Interruption.Divert(answer.Cancel) : Interruption.NotDiverted;

    // Reading blocks, and a person who presses Ctrl-C does not want to wait for the end of the line.
    async Task<string?> ReadLineAsync(string prompt, CancellationToken cancellation)
    {
        prompts?.Write(prompt);
        _line++;
        return await Task.Run(lines.ReadLine, cancellation).WaitAsync(cancellation);
    }
}
