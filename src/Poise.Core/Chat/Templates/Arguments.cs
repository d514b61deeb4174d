namespace Poise.Core.Chat.Templates;

/// <summary>What a call passes.</summary>
sealed record Arguments(IReadOnlyList<Value> Positional, IReadOnlyList<KeyValuePair<string, Value>> Named)
{
    public static readonly Arguments None = new([], []);

    /// <summary>
    /// Puts each argument where its parameter is; null stands for one that was not given. Parameters are names with a blank between them,
    /// those that may be left out with a question mark.
    /// </summary>
    public Value?[] Bind(string function, IReadOnlyList<Parameter> parameters)
    {
        if (Positional.Count > parameters.Count) throw new TemplateException($"{function}() takes at most {parameters.Count} argument{(parameters.Count == 1 ? "" : "s")} ({Positional.Count} given)");
        var bound = new Value?[parameters.Count];
        for (int i = 0; i < Positional.Count; i++) bound[i] = Positional[i];
        foreach ((string name, Value value) in Named)
        {
            int at = 0;
            while (at < parameters.Count && parameters[at].Name != name) at++;
            if (at == parameters.Count) throw new TemplateException($"{function}() got an unexpected keyword argument '{PythonText.Shorten(name)}'");
            if (bound[at] is not null) throw new TemplateException($"{function}() got multiple values for argument '{name}'");
            bound[at] = value;
        }
        for (int i = 0; i < bound.Length; i++)
            if (bound[i] is null && parameters[i].IsRequired) throw new TemplateException($"{function}() missing 1 required positional argument: '{parameters[i].Name}'");
        return bound;
    }

    public static IReadOnlyList<Parameter> Parameters(string names) =>
        [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => new Parameter(name.TrimEnd('?'), !name.EndsWith('?')))];
}

/// <summary>A parameter of a built-in function.</summary>
readonly record struct Parameter(string Name, bool IsRequired);

/// <summary>A value that can be called.</summary>
interface ICallable
{
    Value Call(Run run, Arguments arguments);
}

/// <summary>A function that comes with the language.</summary>
sealed class FunctionValue(string name, Func<Run, Arguments, Value> body, string typeName = "function") : Value, ICallable, ITemplateObject
{
    /// <summary>Functions that hang on this one, as <c>dict.fromkeys</c> does.</summary>
    public IReadOnlyDictionary<string, Value> Members { get; init; } = new Dictionary<string, Value>();

    public override string TypeName => typeName;

    public Value Call(Run run, Arguments arguments) => body(run, arguments);

    public string Text(Run run) => typeName == "type" ? $"<class '{name}'>" : $"<function {name}>";
}
