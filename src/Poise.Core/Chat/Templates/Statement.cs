namespace Poise.Core.Chat.Templates;

/// <summary>How a statement ended.</summary>
enum Flow
{
    Next,
    Break,
    Continue,
}

/// <summary>A node that prints or changes names.</summary>
abstract class Statement(int line)
{
    public int Line => line;

    public Flow Execute(Scope scope)
    {
        int before = scope.Run.Enter(line);
        Flow flow = Perform(scope);
        scope.Run.Leave(before);
        return flow;
    }

    protected abstract Flow Perform(Scope scope);

    public static Flow ExecuteAll(IReadOnlyList<Statement> body, Scope scope)
    {
        foreach (Statement statement in body)
            if (statement.Execute(scope) is not Flow.Next and var flow) return flow;
        return Flow.Next;
    }
}

sealed class DataOutput(int line, string text) : Statement(line)
{
    protected override Flow Perform(Scope scope)
    {
        scope.Run.Output.Append(text);
        return Flow.Next;
    }
}

sealed class Print(int line, Expression expression) : Statement(line)
{
    protected override Flow Perform(Scope scope)
    {
        Value value = expression.Evaluate(scope);
        scope.Run.Output.Append(scope.IsEscaping ? Markup.Escape(scope.Run, value) : PythonText.Of(scope.Run, value));
        return Flow.Next;
    }
}

sealed class If(int line, IReadOnlyList<(Expression Test, IReadOnlyList<Statement> Body)> branches, IReadOnlyList<Statement> otherwise) : Statement(line)
{
    protected override Flow Perform(Scope scope)
    {
        foreach ((Expression test, IReadOnlyList<Statement> body) in branches)
            if (test.Evaluate(scope).IsTrue) return ExecuteAll(body, scope);
        return ExecuteAll(otherwise, scope);
    }
}

/// <summary><c>break</c> and <c>continue</c>.</summary>
sealed class Jump(int line, Flow flow) : Statement(line)
{
    protected override Flow Perform(Scope scope) => flow;
}

sealed class Assignment(int line, Target target, Expression value) : Statement(line)
{
    protected override Flow Perform(Scope scope)
    {
        target.Assign(scope, value.Evaluate(scope));
        return Flow.Next;
    }
}

/// <summary><c>set</c> with a body, and <c>filter</c>, which prints what <c>set</c> would keep.</summary>
sealed class BlockCapture(int line, Target? target, FilterUse? filter, IReadOnlyList<Statement> body) : Statement(line)
{
    protected override Flow Perform(Scope scope)
    {
        Flow flow = Flow.Next;
        Value value = new TextValue(scope.Run.Capture(() => flow = ExecuteAll(body, scope.Inner())), scope.IsEscaping);
        if (flow != Flow.Next) return flow;
        if (filter is not null) value = filter.Apply(scope, value);
        if (target is not null) target.Assign(scope, value);
        else scope.Run.Output.Append(PythonText.Of(scope.Run, value));
        return Flow.Next;
    }
}

/// <summary><c>with</c>, <c>block</c> and <c>autoescape</c>: names set inside stay inside.</summary>
sealed class InnerBlock(int line, IReadOnlyList<(Target Target, Expression Value)> names, Expression? escaping, IReadOnlyList<Statement> body) : Statement(line)
{
    protected override Flow Perform(Scope scope)
    {
        Scope inner = escaping is null ? scope.Inner() : new Scope(scope.Run, scope) { IsEscaping = escaping.Evaluate(scope).IsTrue };
        foreach ((Target target, Expression value) in names) target.Assign(inner, value.Evaluate(scope));
        return ExecuteAll(body, inner);
    }
}

/// <summary><c>generation</c>: what the assistant says. A model is trained on these spans and no others.</summary>
sealed class Generation(int line, IReadOnlyList<Statement> body) : Statement(line)
{
    protected override Flow Perform(Scope scope)
    {
        Run run = scope.Run;
        string text = run.Capture(() => ExecuteAll(body, scope.Inner()));
        // Inside a macro the place is where the macro is printed: transformers counts what was printed so far in the same way.
        run.Generations.Add((run.Root.Length, run.Root.Length + text.Length));
        run.Output.Append(text);
        return Flow.Next;
    }
}

/// <summary>A tag that needs other files, of which there are none.</summary>
sealed class MissingFile(int line, string tag) : Statement(line)
{
    protected override Flow Perform(Scope scope) => throw new TemplateException($"'{tag}' needs another template, and chat templates stand alone");
}
