using System.Globalization;
using System.Numerics;

namespace Poise.Core.Chat.Templates;

/// <summary>Expressions by recursive descent, in Jinja's order of precedence.</summary>
sealed class ExpressionParser(TokenReader reader)
{
    static readonly string[] s_comparisons = ["==", "!=", "<", "<=", ">", ">="];

    /// <summary>One expression, or several with commas between them as a tuple.</summary>
    /// <param name="end">A name that ends the list.</param>
    public Expression Tuple(bool withChoice = true, string? end = null, bool mayBeEmpty = false)
    {
        int line = reader.Current.Line;
        var items = new List<Expression>();
        bool isTuple = false;
        while (true)
        {
            if (items.Count > 0) reader.Expect(",");
            if (IsTupleEnd(end)) break;
            items.Add(withChoice ? Expression() : Or());
            if (!reader.Current.Is(",")) break;
            isTuple = true;
        }
        if (isTuple) return new TupleDisplay(line, items);
        if (items.Count > 0) return items[0];
        return mayBeEmpty ? new TupleDisplay(line, items) : throw reader.Fail($"Expected an expression, got {PythonText.Quote(reader.Current.Description)}");
    }

    public bool IsTupleEnd(string? end) =>
        reader.Current.Kind is TokenKind.PrintEnd or TokenKind.BlockEnd || reader.Current.Is(")") || (end is not null && reader.Current.IsName(end));

    public Expression Expression() => reader.Nested(() =>
    {
        int line = reader.Current.Line;
        bool conditional = reader.IsConditional;
        Expression value = Or();
        while (reader.SkipName("if"))
        {
            reader.IsConditional = true;
            Expression test = Or();
            Expression? otherwise = reader.SkipName("else") ? Expression() : null;
            value = new Choice(line, test, value, otherwise);
        }
        reader.IsConditional = conditional;
        return value;
    });

    public Expression Or()
    {
        int line = reader.Current.Line;
        Expression left = And();
        while (reader.SkipName("or")) left = new LogicalOperation(line, false, left, And());
        return left;
    }

    Expression And()
    {
        int line = reader.Current.Line;
        Expression left = Not();
        while (reader.SkipName("and")) left = new LogicalOperation(line, true, left, Not());
        return left;
    }

    Expression Not()
    {
        int line = reader.Current.Line;
        return reader.SkipName("not") ? new UnaryOperation(line, "not", reader.Nested(Not)) : Compare();
    }

    Expression Compare()
    {
        int line = reader.Current.Line;
        Expression first = Sum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (reader.Current.Kind == TokenKind.Operator && s_comparisons.Contains(reader.Current.Text)) rest.Add((reader.Next().Text, Sum()));
            else if (reader.SkipName("in")) rest.Add(("in", Sum()));
            else if (reader.Current.IsName("not") && reader.Ahead.IsName("in"))
            {
                reader.Next();
                reader.Next();
                rest.Add(("not in", Sum()));
            }
            else break;
        }
        return rest.Count == 0 ? first : new ComparisonChain(line, first, rest);
    }

    Expression Sum() => Chain(Concatenate, "+", "-");

    Expression Concatenate()
    {
        int line = reader.Current.Line;
        List<Expression> parts = [Product()];
        while (reader.Skip("~")) parts.Add(Product());
        return parts.Count == 1 ? parts[0] : new Concatenation(line, parts);
    }

    Expression Product() => Chain(Power, "*", "/", "//", "%");

    Expression Power() => Chain(() => Unary(true), "**");

    Expression Chain(Func<Expression> part, params ReadOnlySpan<string> operations)
    {
        int line = reader.Current.Line;
        Expression left = part();
        while (reader.Current.Kind == TokenKind.Operator && operations.Contains(reader.Current.Text)) left = new BinaryOperation(line, reader.Next().Text, left, part());
        return left;
    }

    Expression Unary(bool withFilters)
    {
        Token token = reader.Current;
        Expression node;
        if (token.Is("-") || token.Is("+"))
        {
            reader.Next();
            node = new UnaryOperation(token.Line, token.Text, reader.Nested(() => Unary(false)));
        }
        else node = Primary();
        node = Postfix(node);
        return withFilters ? FiltersAndTests(node) : node;
    }

    Expression Primary()
    {
        Token token = reader.Next();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new Constant(token.Line, Value.True),
                    "false" or "False" => new Constant(token.Line, Value.False),
                    "none" or "None" => new Constant(token.Line, Value.None),
                    _ => Name(token),
                };
            case TokenKind.Text:
                var text = new System.Text.StringBuilder(token.Text);
                while (reader.Current.Kind == TokenKind.Text) text.Append(reader.Next().Text);
                return new Constant(token.Line, Value.Of(text.ToString()));
            case TokenKind.Integer:
                return new Constant(token.Line, Value.Of(Integer(token)));
            case TokenKind.Float:
                return new Constant(token.Line, Value.Of(double.Parse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture)));
            case TokenKind.Operator when token.Text == "(":
                Expression inner = Tuple(mayBeEmpty: true);
                reader.Expect(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return new ListDisplay(token.Line, Items("]", Expression));
            case TokenKind.Operator when token.Text == "{":
                return new DictDisplay(token.Line, Items("}", () =>
                {
                    Expression key = Expression();
                    reader.Expect(":");
                    return (key, Expression());
                }));
            default:
                throw reader.Fail($"unexpected {PythonText.Quote(token.Description)}", token.Line);
        }
    }

    Variable Name(Token token)
    {
        if (token.Text is "caller" or "varargs" or "kwargs")
            foreach (HashSet<string> names in reader.SpecialNames) names.Add(token.Text);
        return new Variable(token.Line, token.Text);
    }

    BigInteger Integer(Token token)
    {
        try
        {
            return Numbers.TryRead(token.Text, 0, out BigInteger number) ? number : throw new TemplateException($"'{PythonText.Shorten(token.Text)}' is no number");
        }
        catch (TemplateException e) when (e.Line == 0)
        {
            throw e.At(reader.Template, token.Line);
        }
    }

    List<T> Items<T>(string end, Func<T> read)
    {
        var items = new List<T>();
        while (!reader.Skip(end))
        {
            if (items.Count > 0)
            {
                reader.Expect(",");
                if (reader.Skip(end)) break;
            }
            items.Add(read());
        }
        return items;
    }

    Expression Postfix(Expression node)
    {
        while (true)
        {
            int line = reader.Current.Line;
            if (reader.Skip(".")) node = Member(node, line);
            else if (reader.Skip("[")) node = Subscript(node, line);
            else if (reader.Current.Is("(")) node = new Call(line, node, CallArguments());
            else return node;
        }
    }

    Expression Member(Expression node, int line)
    {
        Token token = reader.Next();
        return token.Kind switch
        {
            TokenKind.Name => new AttributeAccess(line, node, token.Text),
            TokenKind.Integer => new ItemAccess(line, node, new Constant(line, Value.Of(Integer(token)))),
            _ => throw reader.Fail("expected name or number", token.Line),
        };
    }

    Expression Subscript(Expression node, int line)
    {
        Expression? start = null, stop = null, step = null;
        bool isSlice = false;
        if (reader.Skip("]")) return new ItemAccess(line, node, new TupleDisplay(line, []));
        if (!reader.Current.Is(":"))
        {
            start = Expression();
            if (reader.Current.Is(","))
            {
                List<Expression> keys = [start];
                while (reader.Skip(",")) keys.Add(Expression());
                start = new TupleDisplay(line, keys);
            }
        }
        if (reader.Skip(":"))
        {
            isSlice = true;
            if (!reader.Current.Is(":") && !reader.Current.Is("]")) stop = Expression();
            if (reader.Skip(":") && !reader.Current.Is("]")) step = Expression();
        }
        reader.Expect("]");
        return isSlice ? new SliceAccess(line, node, start, stop, step) : new ItemAccess(line, node, start!);
    }

    public CallArguments CallArguments()
    {
        reader.Expect("(");
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        Expression? rest = null, namedRest = null;
        bool first = true;
        while (!reader.Skip(")"))
        {
            if (!first)
            {
                reader.Expect(",");
                if (reader.Skip(")")) break;
            }
            first = false;
            int line = reader.Current.Line;
            bool isValid;
            if (reader.Skip("*"))
            {
                isValid = rest is null && namedRest is null;
                rest = Expression();
            }
            else if (reader.Skip("**"))
            {
                isValid = namedRest is null;
                namedRest = Expression();
            }
            else if (reader.Current.Kind == TokenKind.Name && reader.Ahead.Is("="))
            {
                isValid = namedRest is null;
                string name = reader.Next().Text;
                reader.Next();
                named.Add((name, Expression()));
            }
            else
            {
                isValid = rest is null && namedRest is null && named.Count == 0;
                positional.Add(Expression());
            }
            if (!isValid) throw reader.Fail("invalid syntax for function call expression", line);
        }
        return first ? Templates.CallArguments.None : new CallArguments(positional, named, rest, namedRest);
    }

    Expression FiltersAndTests(Expression node)
    {
        while (true)
        {
            if (reader.Current.Is("|")) node = Filters(node);
            else if (reader.Current.IsName("is")) node = Test(node);
            else if (reader.Current.Is("(")) node = new Call(reader.Current.Line, node, CallArguments());
            else return node;
        }
    }

    /// <summary>A chain of filters; without an input the first one has no bar in front of it.</summary>
    public Expression Filters(Expression? input)
    {
        Expression? node = input;
        while (node is null || reader.Current.Is("|"))
        {
            int line = reader.Current.Line;
            if (node is not null || reader.Current.Is("|")) reader.Next();
            string name = DottedName();
            Method? filter = Templates.Filters.Table.GetValueOrDefault(name);
            if (filter is null && !reader.IsConditional) throw reader.Fail($"No filter named {PythonText.Quote(PythonText.Shorten(name))}.", line);
            node = new FilterUse(line, node, name, filter, reader.Current.Is("(") ? CallArguments() : Templates.CallArguments.None);
        }
        return node;
    }

    Expression Test(Expression node)
    {
        int line = reader.Next().Line;
        bool negated = reader.SkipName("not");
        string name = DottedName();
        CallArguments arguments = Templates.CallArguments.None;
        Token next = reader.Current;
        if (next.Is("(")) arguments = CallArguments();
        else if (next.Kind is TokenKind.Name or TokenKind.Text or TokenKind.Integer or TokenKind.Float || next.Is("[") || next.Is("{"))
        {
            if (next.IsName("is")) throw reader.Fail("You cannot chain multiple tests with is");
            if (!next.IsName("else") && !next.IsName("or") && !next.IsName("and")) arguments = new CallArguments([Postfix(Primary())], [], null, null);
        }
        Method? test = Tests.Table.GetValueOrDefault(name);
        if (test is null && !reader.IsConditional) throw reader.Fail($"No test named {PythonText.Quote(PythonText.Shorten(name))}.", line);
        node = new TestUse(line, node, name, test, arguments);
        return negated ? new UnaryOperation(line, "not", node) : node;
    }

    string DottedName()
    {
        string name = reader.ExpectName();
        while (reader.Skip(".")) name += "." + reader.ExpectName();
        return name;
    }
}
