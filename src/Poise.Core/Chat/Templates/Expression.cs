namespace Poise.Core.Chat.Templates;

/// <summary>A node that has a value.</summary>
abstract class Expression(int line)
{
    public int Line => line;

    public Value Evaluate(Scope scope)
    {
        int before = scope.Run.Enter(line);
        Value value = Compute(scope);
        scope.Run.Leave(before);
        return value;
    }

    protected abstract Value Compute(Scope scope);
}

sealed class Constant(int line, Value value) : Expression(line)
{
    public Value Value => value;

    protected override Value Compute(Scope scope) => value;
}

sealed class Variable(int line, string name) : Expression(line)
{
    public string Name => name;

    protected override Value Compute(Scope scope) => scope.Find(name) ?? UndefinedValue.Name(name);
}

sealed class ListDisplay(int line, IReadOnlyList<Expression> items) : Expression(line)
{
    protected override Value Compute(Scope scope) => new ListValue([.. items.Select(item => item.Evaluate(scope))]);
}

sealed class TupleDisplay(int line, IReadOnlyList<Expression> items) : Expression(line)
{
    public IReadOnlyList<Expression> Items => items;

    protected override Value Compute(Scope scope) => new TupleValue([.. items.Select(item => item.Evaluate(scope))]);
}

sealed class DictDisplay(int line, IReadOnlyList<(Expression Key, Expression Value)> entries) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        var dict = new DictValue();
        foreach ((Expression key, Expression value) in entries) dict.Set(scope.Run, key.Evaluate(scope), value.Evaluate(scope));
        return dict;
    }
}

sealed class AttributeAccess(int line, Expression of, string name) : Expression(line)
{
    protected override Value Compute(Scope scope) => Members.Attribute(scope.Run, of.Evaluate(scope), name);
}

sealed class ItemAccess(int line, Expression of, Expression key) : Expression(line)
{
    protected override Value Compute(Scope scope) => Members.Item(scope.Run, of.Evaluate(scope), key.Evaluate(scope));
}

sealed class SliceAccess(int line, Expression of, Expression? start, Expression? stop, Expression? step) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        Value Bound(Expression? bound) => bound?.Evaluate(scope) ?? Value.None;
        return Members.Slice(scope.Run, of.Evaluate(scope), Bound(start), Bound(stop), Bound(step));
    }
}

/// <summary><c>a if b else c</c>.</summary>
sealed class Choice(int line, Expression test, Expression then, Expression? otherwise) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        if (test.Evaluate(scope).IsTrue) return then.Evaluate(scope);
        return otherwise?.Evaluate(scope) ?? new UndefinedValue("the inline if-expression evaluated to false and no else section was defined.");
    }
}
