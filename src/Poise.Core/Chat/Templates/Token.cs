namespace Poise.Core.Chat.Templates;

enum TokenKind
{
    /// <summary>Text outside of tags.</summary>
    Data,
    PrintBegin,
    PrintEnd,
    BlockBegin,
    BlockEnd,
    Name,
    Text,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A piece of a template's source.</summary>
/// <param name="Text">Of a string what it stands for, of all others their spelling.</param>
readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool Is(string operation) => Kind == TokenKind.Operator && Text == operation;

    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    /// <summary>For messages, in Jinja's words.</summary>
    public string Description => Kind switch
    {
        TokenKind.Data => "template data / text",
        TokenKind.PrintBegin => "begin of print statement",
        TokenKind.PrintEnd => "end of print statement",
        TokenKind.BlockBegin => "begin of statement block",
        TokenKind.BlockEnd => "end of statement block",
        TokenKind.Text => "string",
        TokenKind.Integer => "integer",
        TokenKind.Float => "float",
        TokenKind.End => "end of template",
        _ => PythonText.Shorten(Text),
    };
}
