namespace Poise.Core.Chat.Templates;

sealed class Call(int line, Expression callee, CallArguments arguments) : Expression(line)
{
    protected override Value Compute(Scope scope) => Invoke(scope, null);

    /// <param name="caller">The body of a call block, passed on under that name.</param>
    public Value Invoke(Scope scope, Value? caller)
    {
        Value value = callee.Evaluate(scope);
        if (value is UndefinedValue undefined) throw undefined.Error;
        if (value is not ICallable callable) throw new TemplateException($"'{value.TypeName}' object is not callable");
        Arguments passed = arguments.Evaluate(scope);
        if (caller is not null) passed = passed with { Named = [.. passed.Named, new("caller", caller)] };
        return callable.Call(scope.Run, passed);
    }
}
