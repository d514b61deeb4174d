namespace Poise.Core.Chat.Templates;

/// <summary>Statements by recursive descent: from tokens to the tree that is run.</summary>
sealed class TemplateParser
{
    readonly TokenReader _reader;
    readonly ExpressionParser _expressions;
    readonly Stack<string> _open = [];
    int _loops;

    TemplateParser(TokenReader reader)
    {
        _reader = reader;
        _expressions = new ExpressionParser(reader);
    }

    public static IReadOnlyList<Statement> Parse(string template, string source) =>
        new TemplateParser(new TokenReader(template, Lexer.Read(template, source))).Statements([]);

    /// <summary>Statements up to a tag with one of these names, of which the name is read, or up to the end of the template.</summary>
    List<Statement> Statements(string[] ends) => _reader.Nested(() =>
    {
        var body = new List<Statement>();
        while (true)
        {
            Token token = _reader.Next();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    body.Add(new DataOutput(token.Line, token.Text));
                    break;
                case TokenKind.PrintBegin:
                    body.Add(new Print(token.Line, _expressions.Tuple()));
                    _reader.Expect(TokenKind.PrintEnd, "end of print statement");
                    break;
                case TokenKind.BlockBegin:
                    if (_reader.Current.Kind == TokenKind.Name && ends.Contains(_reader.Current.Text)) return body;
                    body.Add(Tag());
                    _reader.Expect(TokenKind.BlockEnd, "end of statement block");
                    break;
                default:
                    if (ends.Length == 0) return body;
                    throw _reader.Fail($"Unexpected end of template. Jinja was looking for the following tags: {Wanted(ends)}. The innermost block that needs to be closed is '{_open.Peek()}'.");
            }
        }
    });

    /// <summary>The body of a tag: from its end to the tag that closes it, whose name is read.</summary>
    List<Statement> Body(string tag, params string[] ends)
    {
        _reader.Skip(":");
        _reader.Expect(TokenKind.BlockEnd, "end of statement block");
        _open.Push(tag);
        List<Statement> body = Statements(ends);
        _open.Pop();
        return body;
    }

    /// <summary>As <see cref="Body"/>, with the closing name taken away.</summary>
    List<Statement> WholeBody(string tag)
    {
        List<Statement> body = Body(tag, "end" + tag);
        _reader.Next();
        return body;
    }

    Statement Tag()
    {
        Token token = _reader.Current;
        if (token.Kind != TokenKind.Name) throw _reader.Fail("tag name expected");
        _reader.Next();
        int line = token.Line;
        switch (token.Text)
        {
            case "if":
                return IfTag(line);
            case "for":
                return ForTag(line);
            case "set":
                return SetTag(line);
            case "macro":
                string name = _reader.ExpectName();
                return new MacroDefinition(line, Macro("macro", name));
            case "call":
                return CallTag(line);
            case "filter":
                var filter = (FilterUse)_expressions.Filters(null);
                return new BlockCapture(line, null, filter, WholeBody("filter"));
            case "with":
                return WithTag(line);
            case "autoescape":
                Expression escaping = _expressions.Expression();
                return new InnerBlock(line, [], escaping, WholeBody("autoescape"));
            case "block":
                return BlockTag(line);
            case "generation":
                return new Generation(line, Separate(() => WholeBody("generation")));
            case "print":
                return PrintTag(line);
            case "break" or "continue":
                if (_loops == 0) throw _reader.Fail($"'{token.Text}' outside loop", line);
                return new Jump(line, token.Text == "break" ? Flow.Break : Flow.Continue);
            case "include" or "extends" or "import" or "from":
                while (_reader.Current.Kind is not (TokenKind.BlockEnd or TokenKind.End)) _reader.Next();
                return new MissingFile(line, token.Text);
            default:
                string wanted = _open.Count == 0 ? "" : $" The innermost block that needs to be closed is '{_open.Peek()}'.";
                throw _reader.Fail($"Encountered unknown tag {PythonText.Quote(PythonText.Shorten(token.Text))}.{wanted}", line);
        }
    }

    If IfTag(int line)
    {
        bool conditional = _reader.IsConditional;
        _reader.IsConditional = true;
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        List<Statement> otherwise = [];
        string end;
        do
        {
            Expression test = _expressions.Tuple(withChoice: false);
            branches.Add((test, Body("if", "elif", "else", "endif")));
            end = _reader.Next().Text;
        }
        while (end == "elif");
        if (end == "else")
        {
            otherwise = Body("if", "endif");
            _reader.Next();
        }
        _reader.IsConditional = conditional;
        return new If(line, branches, otherwise);
    }

    For ForTag(int line)
    {
        Target target = TargetList("in");
        if (Names(target).Contains("loop")) throw _reader.Fail("Can't assign to special loop variable in for-loop target", line);
        _reader.ExpectName("in");
        Expression items = _expressions.Tuple(withChoice: false, end: "recursive");
        Expression? filter = _reader.SkipName("if") ? _expressions.Expression() : null;
        bool isRecursive = _reader.SkipName("recursive");
        bool conditional = _reader.IsConditional;
        _reader.IsConditional = false;
        _loops++;
        List<Statement> body = Body("for", "endfor", "else");
        _loops--;
        List<Statement> otherwise = [];
        if (_reader.Next().Text == "else")
        {
            otherwise = Body("for", "endfor");
            _reader.Next();
        }
        _reader.IsConditional = conditional;
        return new For(line, target, items, filter, isRecursive, body, otherwise);
    }

    Statement SetTag(int line)
    {
        Target target = TargetList(null);
        if (_reader.Skip("=")) return new Assignment(line, target, _expressions.Tuple());
        FilterUse? filter = _reader.Current.Is("|") ? (FilterUse)_expressions.Filters(null) : null;
        return new BlockCapture(line, target, filter, WholeBody("set"));
    }

    CallBlock CallTag(int line)
    {
        // The signature comes before the call, the body after it.
        (List<string> parameters, List<Expression> defaults) = _reader.Current.Is("(") ? Signature() : ([], []);
        int at = _reader.Current.Line;
        if (_expressions.Expression() is not Call call) throw _reader.Fail("expected call", at);
        return new CallBlock(line, call, MacroBody("call", "caller", parameters, defaults));
    }

    Print PrintTag(int line)
    {
        var parts = new List<Expression>();
        while (_reader.Current.Kind != TokenKind.BlockEnd)
        {
            if (parts.Count > 0) _reader.Expect(",");
            parts.Add(_expressions.Expression());
        }
        return new Print(line, parts.Count == 1 ? parts[0] : new Concatenation(line, parts));
    }

    InnerBlock WithTag(int line)
    {
        var names = new List<(Target, Expression)>();
        while (_reader.Current.Kind != TokenKind.BlockEnd)
        {
            if (names.Count > 0) _reader.Expect(",");
            Target target = OneTarget();
            _reader.Expect("=");
            names.Add((target, _expressions.Expression()));
        }
        return new InnerBlock(line, names, null, WholeBody("with"));
    }

    InnerBlock BlockTag(int line)
    {
        string name = _reader.ExpectName();
        while (_reader.SkipName("scoped") || _reader.SkipName("required"))
        {
        }
        List<Statement> body = Separate(() => WholeBody("block"));
        _reader.SkipName(name);
        return new InnerBlock(line, [], null, body);
    }

    MacroBody Macro(string tag, string name)
    {
        (List<string> parameters, List<Expression> defaults) = Signature();
        return MacroBody(tag, name, parameters, defaults);
    }

    MacroBody MacroBody(string tag, string name, List<string> parameters, List<Expression> defaults)
    {
        _reader.SpecialNames.Push([]);
        List<Statement> body = Separate(() => WholeBody(tag));
        HashSet<string> used = _reader.SpecialNames.Pop();
        return new MacroBody(name, parameters, defaults, body, used.Contains("caller"), used.Contains("varargs"), used.Contains("kwargs"));
    }

    (List<string> Parameters, List<Expression> Defaults) Signature()
    {
        var parameters = new List<string>();
        var defaults = new List<Expression>();
        _reader.Expect("(");
        while (!_reader.Skip(")"))
        {
            if (parameters.Count > 0) _reader.Expect(",");
            string name = _reader.ExpectName();
            if (parameters.Contains(name)) throw _reader.Fail($"duplicate argument '{PythonText.Shorten(name)}' in function definition");
            if (_reader.Skip("=")) defaults.Add(_expressions.Expression());
            else if (name == "caller") throw _reader.Fail("the parameter 'caller' needs a default: call blocks pass it");
            else if (defaults.Count > 0) throw _reader.Fail("non-default argument follows default argument");
            parameters.Add(name);
        }
        return (parameters, defaults);
    }

    /// <summary>Reads what becomes a function of its own: a loop around it cannot be left from inside.</summary>
    List<Statement> Separate(Func<List<Statement>> read)
    {
        (int loops, bool conditional) = (_loops, _reader.IsConditional);
        (_loops, _reader.IsConditional) = (0, false);
        List<Statement> body = read();
        (_loops, _reader.IsConditional) = (loops, conditional);
        return body;
    }

    /// <summary>Names with commas between them; parentheses nest.</summary>
    Target TargetList(string? end) => _reader.Nested(() =>
    {
        var targets = new List<Target>();
        bool isTuple = false;
        while (true)
        {
            if (targets.Count > 0) _reader.Expect(",");
            if (_expressions.IsTupleEnd(end) || (isTuple && _reader.Current.Is("="))) break;
            targets.Add(OneTarget());
            if (!_reader.Current.Is(",")) break;
            isTuple = true;
        }
        if (targets.Count == 0) throw _reader.Fail($"Expected an expression, got {PythonText.Quote(_reader.Current.Description)}");
        return isTuple ? new TupleTarget(targets) : targets[0];
    });

    Target OneTarget()
    {
        Token token = _reader.Next();
        if (token.Is("("))
        {
            Target inner = TargetList(null);
            _reader.Expect(")");
            return inner;
        }
        if (token.Kind is TokenKind.Text or TokenKind.Integer or TokenKind.Float || (token.Kind == TokenKind.Name && token.Text is "true" or "True" or "false" or "False" or "none" or "None"))
            throw _reader.Fail("can't assign to 'const'", token.Line);
        if (token.Kind != TokenKind.Name) throw _reader.Fail($"unexpected {PythonText.Quote(token.Description)}", token.Line);
        return _reader.Skip(".") ? new NamespaceTarget(token.Text, _reader.ExpectName()) : new NameTarget(token.Text);
    }

    static IEnumerable<string> Names(Target target) => target switch
    {
        NameTarget name => [name.Name],
        TupleTarget tuple => tuple.Targets.SelectMany(Names),
        _ => [],
    };

    static string Wanted(string[] ends) => string.Join(" or ", ends.Select(end => $"'{end}'"));
}
