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
        for (int i = 1; i < named.Count && NamedRest is not null; i++)
            if (named.FindIndex(argument => argument.Key == named[i].Key) < i) throw new TemplateException($"multiple values for keyword argument '{PythonText.Shorten(named[i].Key)}'");
        return new Arguments(positional, named);
    }
}
