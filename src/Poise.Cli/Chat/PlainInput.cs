using Microsoft.Extensions.AI;
using Poise.Cli.Host;

namespace Poise.Cli.Chat;

/// <summary>One message a line. In a conversation with JSON events a line may be a JSON object as well, see <see cref="JsonMessage"/>.</summary>
/// <param name="person">A person types (at a dumb terminal): commands count, and Ctrl-C stops an answer.</param>
sealed class PlainInput(TextReader lines, IChatView view, bool person, bool json) : IChatInput
{
    int _line;

    public bool TakesCommands => person;

    public async Task<string?> ReadMessageAsync(string draft, CancellationToken cancellation)
    {
        while (await ReadLineAsync(cancellation) is { } line)
        {
            if (!json || !JsonMessage.IsJson(line)) return line;
            if (JsonMessage.TryParse(line, out JsonMessage message, out string problem) && message.CallId is null) return message.Content;
            view.Error($"line {_line}: {(problem.Length > 0 ? problem : "no tool was called")}");
        }
        return null;
    }

    public async Task<string?> ReadToolResultAsync(FunctionCallContent call, CancellationToken cancellation)
    {
        if (await ReadLineAsync(cancellation) is not { } line) return null;
        if (!json || !JsonMessage.IsJson(line)) return line;
        if (!JsonMessage.TryParse(line, out JsonMessage message, out string problem)) view.Error($"line {_line}: {problem}");
        else if (message.CallId == call.CallId) return message.Content;
        else view.Error($"line {_line}: expected the result of call {call.CallId}");
        return null;
    }

    public IAsyncDisposable StopWith(CancellationTokenSource answer) => person ? Interruption.Divert(answer.Cancel) : Interruption.NotDiverted;

    // Reading blocks, and a person who presses Ctrl-C does not want to wait for the end of the line.
    async Task<string?> ReadLineAsync(CancellationToken cancellation)
    {
        _line++;
        return await Task.Run(lines.ReadLine, cancellation).WaitAsync(cancellation);
    }
}
