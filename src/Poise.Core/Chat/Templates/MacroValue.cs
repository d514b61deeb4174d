namespace Poise.Core.Chat.Templates;

/// <summary>A macro with the scope that it was defined in.</summary>
sealed class MacroValue(MacroBody macro, Scope scope) : Value, ICallable, IMembers, ITemplateObject
{
    public override string TypeName => "Macro";

    public Value? Find(string name) => name switch
    {
        "name" => Of(macro.Name),
        "arguments" => new TupleValue([.. macro.Parameters.Select(Of)]),
        "catch_kwargs" => Of(macro.UsesKwargs),
        "catch_varargs" => Of(macro.UsesVarargs),
        "caller" => Of(macro.UsesCaller),
        _ => null,
    };

    public Value Call(Run run, Arguments arguments)
    {
        Scope inner = scope.Inner();
        var named = arguments.Named.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        int given = Math.Min(arguments.Positional.Count, macro.Parameters.Count), firstDefault = macro.Parameters.Count - macro.Defaults.Count;
        for (int i = 0; i < macro.Parameters.Count; i++)
        {
            string name = macro.Parameters[i];
            Value value = i < given ? arguments.Positional[i]
                : named.Remove(name, out Value? passed) ? passed
                : i >= firstDefault ? macro.Defaults[i - firstDefault].Evaluate(inner)
                : new UndefinedValue($"parameter '{name}' was not provided");
            inner.Set(name, value);
        }
        if (macro.UsesCaller && !macro.Parameters.Contains("caller"))
            inner.Set("caller", named.Remove("caller", out Value? caller) ? caller : new UndefinedValue("No caller defined"));
        if (macro.UsesKwargs)
        {
            var rest = new DictValue();
            foreach ((string name, Value value) in arguments.Named)
                if (named.ContainsKey(name)) rest.Set(name, value);
            inner.Set("kwargs", rest);
        }
        else if (named.Count > 0) throw new TemplateException($"macro '{macro.Name}' takes no keyword argument '{PythonText.Shorten(named.Keys.First())}'");
        if (macro.UsesVarargs) inner.Set("varargs", new TupleValue([.. arguments.Positional.Skip(macro.Parameters.Count)]));
        else if (arguments.Positional.Count > macro.Parameters.Count)
            throw new TemplateException($"macro '{macro.Name}' takes not more than {macro.Parameters.Count} argument(s)");
        return new TextValue(run.Capture(() => Statement.ExecuteAll(macro.Body, inner)), scope.IsEscaping);
    }

    public string Text(Run run) => $"<Macro '{macro.Name}'>";
}
