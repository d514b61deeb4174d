namespace Poise.Core.Chat.Templates;

/// <summary><c>a is name(...)</c>.</summary>
sealed class TestUse(int line, Expression input, string name, Method? test, CallArguments arguments) : Expression(line)
{
    protected override Value Compute(Scope scope) => test is null
        ? throw new TemplateException($"No test named {PythonText.Quote(PythonText.Shorten(name))}.")
        : test.Call(scope.Run, input.Evaluate(scope), arguments.Evaluate(scope));
}
