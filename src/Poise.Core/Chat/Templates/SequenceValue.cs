namespace Poise.Core.Chat.Templates;

/// <summary>A list or a tuple: neither can change, for the sandbox forbids it.</summary>
abstract class SequenceValue(IReadOnlyList<Value> items) : Value, ISized
{
    public IReadOnlyList<Value> Items => items;

    public int Count => items.Count;

    public override bool IsTrue => items.Count > 0;

    /// <summary>A sequence of the same type.</summary>
    public abstract SequenceValue With(IReadOnlyList<Value> other);
}

sealed class ListValue(IReadOnlyList<Value> items) : SequenceValue(items)
{
    public override string TypeName => "list";

    public override SequenceValue With(IReadOnlyList<Value> other) => new ListValue(other);
}

sealed class TupleValue(IReadOnlyList<Value> items, string typeName = "tuple") : SequenceValue(items)
{
    public override string TypeName => typeName;

    /// <summary>Names of the elements, where it has some: those of <c>groupby</c>.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    public override SequenceValue With(IReadOnlyList<Value> other) => new TupleValue(other);
}
