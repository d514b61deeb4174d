using System.Runtime.CompilerServices;

namespace Poise.Core.Chat.Templates;

/// <summary>The tokens of a template from first to last, and what both parsers need while they walk them.</summary>
sealed class TokenReader(string template, List<Token> tokens)
{
    int _at;
    int _depth;

    public string Template => template;

    public Token Current => tokens[_at];

    public Token Ahead => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    /// <summary>Whether unknown filters and tests are errors only when they are reached: inside of conditions, as in Jinja.</summary>
    public bool IsConditional { get; set; }

    /// <summary>Of the names <c>caller</c>, <c>varargs</c> and <c>kwargs</c> those that were read since the set was made; one set for each open macro.</summary>
    public Stack<HashSet<string>> SpecialNames { get; } = [];

    public Token Next()
    {
        Token token = tokens[_at];
        if (_at < tokens.Count - 1) _at++;
        return token;
    }

    public bool Skip(string operation)
    {
        if (!Current.Is(operation)) return false;
        Next();
        return true;
    }

    public bool SkipName(string name)
    {
        if (!Current.IsName(name)) return false;
        Next();
        return true;
    }

    public Token Expect(TokenKind kind, string description)
    {
        if (Current.Kind == kind) return Next();
        throw Unexpected(description);
    }

    public void Expect(string operation)
    {
        if (!Skip(operation)) throw Unexpected(operation);
    }

    public string ExpectName() => Expect(TokenKind.Name, "name").Text;

    public void ExpectName(string name)
    {
        if (!SkipName(name)) throw Unexpected(name);
    }

    public TemplateException Fail(string problem) => Fail(problem, Current.Line);

    public TemplateException Fail(string problem, int line) => new TemplateException(problem).At(template, line);

    /// <summary>Reads something that may hold itself: brackets and blocks only so deep.</summary>
    public T Nested<T>(Func<T> read)
    {
        if (++_depth > TemplateLimits.SourceDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw Fail($"brackets or blocks are nested more than {TemplateLimits.SourceDepth} levels deep");
        T result = read();
        _depth--;
        return result;
    }

    TemplateException Unexpected(string expected) => Fail(Current.Kind == TokenKind.End
        ? $"unexpected end of template, expected '{expected}'."
        : $"expected token '{expected}', got {PythonText.Quote(Current.Description)}");
}
