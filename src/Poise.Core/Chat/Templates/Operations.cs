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

/// <summary><c>a ~ b</c>: both as text.</summary>
sealed class Concatenation(int line, IReadOnlyList<Expression> parts) : Expression(line)
{
    protected override Value Compute(Scope scope)
    {
        var text = new TextBuffer(scope.Run);
        Value[] values = [.. parts.Select(part => part.Evaluate(scope))];
        bool markup = scope.IsEscaping && values.Any(value => value is TextValue { IsMarkup: true });
        foreach (Value value in values) text.Append(markup ? Markup.Escape(scope.Run, value) : PythonText.Of(scope.Run, value));
        return new TextValue(text.ToString(), markup);
    }
}
