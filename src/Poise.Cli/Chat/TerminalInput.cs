using Microsoft.Extensions.AI;
using Poise.Cli.Host;
using Poise.Cli.Terminal;

namespace Poise.Cli.Chat;

/// <summary>A person at a terminal, with the line editor.</summary>
sealed class TerminalInput(ITerminal terminal, IKeySource keys, History history, ICompleter completer, IChatView view) : IChatInput
{
    const string Prompt = "> ";

    readonly KeysAhead _keys = new(keys);
    // Results of tools are no messages and do not belong to the history of messages.
    readonly History _results = new(null);
    bool _toldProblem;

    public bool TakesCommands => true;

    public async Task<string?> ReadMessageAsync(string draft, CancellationToken cancellation)
    {
        (EditOutcome outcome, string text) = await new LineEditor(terminal, _keys, history, completer).ReadAsync(Prompt, draft, cancellable: false, cancellation);
        if (outcome == EditOutcome.Closed) return null;
        history.Add(text);
        if (history.Problem is { } problem && !_toldProblem)
        {
            view.Notice(problem);
            _toldProblem = true;
        }
        // A paste of whole lines ends with one that nobody meant.
        return text.TrimEnd('\n');
    }

    public async Task<string?> ReadToolResultAsync(FunctionCallContent call, CancellationToken cancellation)
    {
        view.Notice($"type the result of {call.Name}, or press Ctrl-C for none");
        (EditOutcome outcome, string text) = await new LineEditor(terminal, _keys, _results, null).ReadAsync($"{call.Name} = ", "", cancellable: true, cancellation);
        if (outcome != EditOutcome.Submitted) return null;
        _results.Add(text);
        return text;
    }

    public IAsyncDisposable StopWith(CancellationTokenSource answer) => _keys.WatchForControlC(answer);
}
