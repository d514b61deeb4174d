namespace Poise.Core.Chat.Templates;

/// <summary>A chain such as <c>a &lt; b == c</c>: every neighbouring pair must hold.</summary>
sealed class ComparisonChain(int line, Expression first, IReadOnlyList<(string Operation, Expression Operand)> rest) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        Value left = first.Evaluate(scope);
        foreach ((string operation, Expression operand) in rest)
        {
            Value right = operand.Evaluate(scope);
            if (!Holds(scope.Run, operation, left, right)) return Value.False;
            left = right;
        }
        return Value.True;
    }

    public static bool Holds(Run run, string operation, Value a, Value b) => operation switch
    {
        "==" => Comparison.AreEqual(run, a, b),
        "!=" => !Comparison.AreEqual(run, a, b),
        "in" => Comparison.IsIn(run, a, b),
        "not in" => !Comparison.IsIn(run, a, b),
        "<" => Comparison.Order(run, a, b, operation) < 0,
        "<=" => Comparison.Order(run, a, b, operation) <= 0,
        ">" => Comparison.Order(run, a, b, operation) > 0,
        _ => Comparison.Order(run, a, b, operation) >= 0,
    };
}
