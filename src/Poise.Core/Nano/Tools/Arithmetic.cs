using System.Globalization;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tools;

/// <summary>Questions for the calculator: numbers that no training question shares with a test, and what they come to.</summary>
static class Arithmetic
{
    /// <param name="Rule">The wordings.</param>
    /// <param name="Draw">Draws a, b and c.</param>
    sealed record Operation(string Rule, int Weight, Func<Draft, (decimal A, decimal B, decimal C)> Draw, Func<string, string, string, string> Expression, Func<decimal, decimal, decimal, decimal> Value);

    static readonly Operation[] s_operations =
    [
        new("sum", 5, d => (Any(d), Any(d), 0), (a, b, _) => $"{a} + {b}", (a, b, _) => a + b),
        new("difference", 5, d => Descending(Any(d), Any(d)), (a, b, _) => $"{a} - {b}", (a, b, _) => a - b),
        new("product", 5, d => (Any(d), d.Number(2, 99), 0), (a, b, _) => $"{a} * {b}", (a, b, _) => a * b),
        new("quotient", 4, Quotient, (a, b, _) => $"{a} / {b}", (a, b, _) => a / b),
        new("sum3", 2, d => (d.Number(2, 999), d.Number(2, 999), d.Number(2, 999)), (a, b, c) => $"{a} + {b} + {c}", (a, b, c) => a + b + c),
        new("productsum", 2, d => (d.Number(2, 300), d.Number(2, 60), d.Number(2, 300)), (a, b, c) => $"{a} * {b} + {c}", (a, b, c) => a * b + c),
    ];

    public static ToolUse Ask(Draft draft)
    {
        (Operation operation, decimal a, decimal b, decimal c) = Draw(draft);
        string expression = operation.Expression(Text(a), Text(b), Text(c)), result = Text(operation.Value(a, b, c));
        string question = AskFor(draft, operation.Rule, a, b, c);
        draft.Bind("shown", expression);
        draft.Bind("result", result);
        var tool = ToolSet.Calculator(draft.Random);
        string output = draft.Random.Chance(60) ? result : "{\"result\":" + result + "}";
        return new ToolUse(question, draft.Say("think.call"), tool, ToolSet.Calculator, ToolArguments.Of("expression", expression), output, draft.Say("result"), result);
    }

    /// <summary>Only the question, for somebody who has no calculator.</summary>
    public static string Question(Draft draft)
    {
        (Operation operation, decimal a, decimal b, decimal c) = Draw(draft);
        return AskFor(draft, operation.Rule, a, b, c);
    }

    static (Operation Operation, decimal A, decimal B, decimal C) Draw(Draft draft)
    {
        Operation operation = draft.Random.Pick(s_operations, o => o.Weight);
        (decimal a, decimal b, decimal c) = Holdout.Draw(draft.Split, () => operation.Draw(draft), drawn => operation.Expression(Text(drawn.A), Text(drawn.B), Text(drawn.C)));
        return (operation, a, b, c);
    }

    static string AskFor(Draft draft, string rule, decimal a, decimal b, decimal c)
    {
        draft.Bind("a", Text(a));
        draft.Bind("b", Text(b));
        draft.Bind("c", Text(c));
        return draft.Ask(rule + ".ask");
    }

    static decimal Any(Draft draft) => draft.Random.Below(10) switch
    {
        < 2 => draft.Random.Between(2, 20),
        < 5 => draft.Number(11, 99),
        < 8 => draft.Number(100, 999),
        _ => draft.Number(1000, 9999),
    };

    static (decimal A, decimal B, decimal C) Descending(decimal a, decimal b) => (Math.Max(a, b), Math.Min(a, b), 0);

    static (decimal A, decimal B, decimal C) Quotient(Draft draft)
    {
        if (draft.Random.Chance(25)) return (draft.Number(11, 999), draft.Random.Pick([2, 4, 5, 8, 10, 20, 25]), 0);
        int b = draft.Number(2, 60);
        return (b * draft.Number(2, 200), b, 0);
    }

    static string Text(decimal number) => number.ToString("0.######", CultureInfo.InvariantCulture);
}
