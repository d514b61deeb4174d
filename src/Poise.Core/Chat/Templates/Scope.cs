namespace Poise.Core.Chat.Templates;

/// <summary>Names and their values in one block; names that it lacks are looked for in the block around it.</summary>
sealed class Scope(Run run, Scope? outer)
{
    Dictionary<string, Value>? _names;

    public Run Run => run;

    /// <summary>Whether what is printed here is escaped as HTML.</summary>
    public bool IsEscaping { get; init; } = outer?.IsEscaping ?? false;

    public Scope Inner() => new(run, this);

    public void Set(string name, Value value) => (_names ??= new(StringComparer.Ordinal))[name] = value;

    public Value? Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Outer)
            if (scope._names is { } names && names.TryGetValue(name, out Value? value)) return value;
        return null;
    }

    Scope? Outer => outer;
}
