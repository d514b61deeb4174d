namespace Poise.Core.Chat.Templates;

/// <summary>Walking over values.</summary>
static class Iteration
{
    public static bool IsIterable(Value value) => TryItems(value) is not null;

    public static IEnumerable<Value> Items(Value value) => TryItems(value) ?? throw new TemplateException($"'{value.TypeName}' object is not iterable");

    /// <summary>How many there are, where that is known without walking.</summary>
    public static int? Count(Value value) => value switch
    {
        ISized sized => sized.Count,
        UndefinedValue => 0,
        _ => null,
    };

    public static int Length(Value value) => Count(value) ?? throw new TemplateException($"object of type '{value.TypeName}' has no len()");

    /// <summary>A list of the elements; the same one where the value is a list or a tuple.</summary>
    public static IReadOnlyList<Value> List(Run run, Value value) => value is SequenceValue sequence ? sequence.Items : run.ToList(Items(value));

    static IEnumerable<Value>? TryItems(Value value) => value switch
    {
        SequenceValue sequence => sequence.Items,
        DictValue dict => dict.Entries.Select(static entry => entry.Key),
        DictView view => view.Items,
        TextValue text => text.Characters(),
        RangeValue range => Enumerable.Range(0, range.Count).Select(i => Value.Of(new System.Numerics.BigInteger(range.At(i)))),
        IteratorValue iterator => iterator.Rest(),
        BytesValue bytes => bytes.Bytes.Select(b => Value.Of((int)b)),
        LoopValue loop => loop.Items(),
        UndefinedValue => [],
        _ => null,
    };
}
