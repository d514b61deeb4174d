namespace Poise.Core.Chat.Templates;

/// <summary>What a value is assigned to.</summary>
abstract class Target
{
    public abstract void Assign(Scope scope, Value value);
}

sealed class NameTarget(string name) : Target
{
    public string Name => name;

    public override void Assign(Scope scope, Value value) => scope.Set(name, value);
}

/// <summary><c>ns.name</c>, the only assignment that reaches out of a block.</summary>
sealed class NamespaceTarget(string space, string name) : Target
{
    public override void Assign(Scope scope, Value value)
    {
        if (scope.Find(space) is not NamespaceValue target) throw new TemplateException("cannot assign attribute on non-namespace object");
        target.Set(name, value);
    }
}

sealed class TupleTarget(IReadOnlyList<Target> targets) : Target
{
    public IReadOnlyList<Target> Targets => targets;

    public override void Assign(Scope scope, Value value)
    {
        if (!Iteration.IsIterable(value)) throw new TemplateException($"cannot unpack non-iterable {value.TypeName} object");
        var values = new List<Value>(targets.Count);
        foreach (Value item in Iteration.Items(value))
        {
            if (values.Count == targets.Count) throw new TemplateException($"too many values to unpack (expected {targets.Count})");
            values.Add(item);
        }
        if (values.Count < targets.Count) throw new TemplateException($"not enough values to unpack (expected {targets.Count}, got {values.Count})");
        for (int i = 0; i < values.Count; i++) targets[i].Assign(scope, values[i]);
    }
}
