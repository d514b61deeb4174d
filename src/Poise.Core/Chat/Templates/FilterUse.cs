namespace Poise.Core.Chat.Templates;

/// <summary><c>a | name(...)</c>. At the bottom of a filter block there is no input: it is what the block prints.</summary>
sealed class FilterUse(int line, Expression? input, string name, Method? filter, CallArguments arguments) : Expression(line)
{
    protected override Value Compute(Scope scope) => Apply(scope, null);

    public Value Apply(Scope scope, Value? block)
    {
        if (filter is null) throw new TemplateException($"No filter named {PythonText.Quote(PythonText.Shorten(name))}.");
        Value value = input is null ? block! : input is FilterUse inner && block is not null ? inner.Apply(scope, block) : input.Evaluate(scope);
        Arguments passed = arguments.Evaluate(scope);
        scope.Run.IsEscaping = scope.IsEscaping;
        return filter.Call(scope.Run, value, passed);
    }
}
