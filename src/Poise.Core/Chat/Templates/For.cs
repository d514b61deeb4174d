namespace Poise.Core.Chat.Templates;

/// <summary>A loop. Each round has a scope of its own.</summary>
sealed class For(int line, Target target, Expression items, Expression? filter, bool isRecursive, IReadOnlyList<Statement> body, IReadOnlyList<Statement> otherwise)
    : Statement(line)
{
    protected override Flow Perform(Scope scope)
    {
        Walk(scope, items.Evaluate(scope), 0);
        return Flow.Next;
    }

    /// <summary>Prints the loop for some values; <c>loop(children)</c> comes here again.</summary>
    public void Walk(Scope scope, Value values, int depth)
    {
        IEnumerable<Value> chosen = Iteration.Items(values);
        if (filter is not null) chosen = chosen.Where(value => Passes(scope, value));
        using var loop = new LoopValue(chosen, filter is null ? Iteration.Count(values) : null, depth)
        {
            Recurse = !isRecursive ? null : children => scope.Run.Capture(() => Walk(scope, children, depth + 1)),
        };
        bool any = false;
        while (loop.MoveNext())
        {
            scope.Run.Charge(4);
            Scope round = scope.Inner();
            round.Set("loop", loop);
            target.Assign(round, loop.Current);
            if (ExecuteAll(body, round) is not Flow.Next and var flow)
            {
                if (flow == Flow.Break) break;
                continue;
            }
            // Jinja asks whether a round came to its end, not whether there was one: a break in the first round leads to the else.
            any = true;
        }
        if (!any) ExecuteAll(otherwise, scope.Inner());
    }

    bool Passes(Scope scope, Value value)
    {
        Scope test = scope.Inner();
        target.Assign(test, value);
        return filter!.Evaluate(test).IsTrue;
    }
}
