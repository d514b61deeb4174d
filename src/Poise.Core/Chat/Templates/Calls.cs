namespace Poise.Core.Chat.Templates;

/// <summary>What stands between the parentheses of a call.</summary>
sealed record CallArguments(
    IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named, Expression? Rest, Expression? NamedRest)
{
    public static readonly CallArguments None = new([], [], null, null);

    public Arguments Evaluate(Scope scope)
    {
        if (ReferenceEquals(this, None)) return Arguments.None;
        List<Value> positional = [.. Positional.Select(argument => argument.Evaluate(scope))];
        List<KeyValuePair<string, Value>> named = [.. Named.Select(argument => KeyValuePair.Create(argument.Name, argument.Value.Evaluate(scope)))];
        if (Rest is not null) positional.AddRange(scope.Run.ToList(Iteration.Items(Rest.Evaluate(scope))));
        if (NamedRest is not null)
        {
            if (NamedRest.Evaluate(scope) is not DictValue dict) throw new TemplateException("argument after ** must be a mapping");
            scope.Run.Charge(dict.Count);
            foreach ((Value key, Value value) in dict.Entries)
                named.Add(new(key is TextValue name ? name.Text : throw new TemplateException("keywords must be strings"), value));
        }
        return new Arguments(positional, named);
    }
}

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

/// <summary><c>a is name(...)</c>.</summary>
sealed class TestUse(int line, Expression input, string name, Method? test, CallArguments arguments) : Expression(line)
{
    protected override Value Compute(Scope scope) => test is null
        ? throw new TemplateException($"No test named {PythonText.Quote(PythonText.Shorten(name))}.")
        : test.Call(scope.Run, input.Evaluate(scope), arguments.Evaluate(scope));
}
