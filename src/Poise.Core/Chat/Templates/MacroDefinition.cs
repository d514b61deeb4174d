namespace Poise.Core.Chat.Templates;

/// <summary>The parameters and the body of a macro or of a call block, and which special names the body asks for.</summary>
sealed record MacroBody(
    string Name, IReadOnlyList<string> Parameters, IReadOnlyList<Expression> Defaults, IReadOnlyList<Statement> Body, bool UsesCaller, bool UsesVarargs, bool UsesKwargs);

sealed class MacroDefinition(int line, MacroBody macro) : Statement(line)
{
    protected override Flow Perform(Scope scope)
    {
        scope.Set(macro.Name, new MacroValue(macro, scope));
        return Flow.Next;
    }
}

/// <summary><c>call</c>: a call that gets the body of the block as a macro named <c>caller</c>.</summary>
sealed class CallBlock(int line, Call call, MacroBody body) : Statement(line)
{
    protected override Flow Perform(Scope scope)
    {
        Value value = call.Invoke(scope, new MacroValue(body, scope));
        scope.Run.Output.Append(scope.IsEscaping ? Markup.Escape(scope.Run, value) : PythonText.Of(scope.Run, value));
        return Flow.Next;
    }
}
