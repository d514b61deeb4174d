namespace Poise.Core.Chat.Templates;

/// <summary>An operator between two values that needs both.</summary>
sealed class BinaryOperation(int line, string operation, Expression left, Expression right) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        Value a = left.Evaluate(scope), b = right.Evaluate(scope);
        return operation switch
        {
            "+" => Operators.Add(scope.Run, a, b),
            "-" => Operators.Subtract(a, b),
            "*" => Operators.Multiply(scope.Run, a, b),
            "/" => Operators.Divide(a, b),
            "//" => Operators.FloorDivide(a, b),
            "%" => Operators.Modulo(scope.Run, a, b),
            _ => Operators.Power(a, b),
        };
    }
}

/// <summary>A sign in front, or <c>not</c>.</summary>
sealed class UnaryOperation(int line, string operation, Expression operand) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        Value value = operand.Evaluate(scope);
        return operation switch { "-" => Operators.Negate(value), "+" => Operators.Plus(value), _ => Value.Of(!value.IsTrue) };
    }
}

/// <summary><c>and</c>, <c>or</c>: the value that decides.</summary>
sealed class LogicalOperation(int line, bool isAnd, Expression left, Expression right) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        Value value = left.Evaluate(scope);
        return value.IsTrue == isAnd ? right.Evaluate(scope) : value;
    }
}

/// <summary><c>a ~ b</c>: both as text.</summary>
sealed class Concatenation(int line, IReadOnlyList<Expression> parts) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        var text = new TextBuffer(scope.Run);
        Value[] values = [.. parts.Select(part => part.Evaluate(scope))];
        foreach (Value value in values) text.Append(PythonText.Of(scope.Run, value));
        return Value.Of(text.ToString());
    }
}
