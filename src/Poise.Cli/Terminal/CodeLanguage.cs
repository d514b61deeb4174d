namespace Poise.Cli.Terminal;

/// <summary>What <see cref="SyntaxColors"/> needs to know of a language. A new language is a row.</summary>
/// <param name="Names">As they follow the fence.</param>
/// <param name="Quotes">Longer ones first.</param>
sealed record CodeLanguage(
    IReadOnlyList<string> Names, string LineComment, (string Open, string Close) BlockComment, IReadOnlyList<string> Quotes, IReadOnlySet<string> Keywords)
{
    static readonly (string, string) s_slashStar = ("/*", "*/");
    static readonly (string, string) s_none = ("", "");

    static readonly CodeLanguage[] s_all =
    [
        new(["cs", "csharp", "c#"], "//", s_slashStar, ["\"\"\"", "\"", "'"], Words(
            """
            abstract as async await base bool break byte case catch char checked class const continue decimal default delegate do double
            else enum event explicit extern false finally fixed float for foreach from get goto if implicit in init int interface internal
            is let lock long nameof namespace new not null object operator or out override params partial private protected public readonly
            record ref required return sbyte sealed select set short sizeof static string struct switch this throw true try typeof uint
            ulong unsafe ushort using var virtual void volatile when where while with yield
            """)),
        new(["c", "h", "cpp", "c++", "cc", "hpp", "java", "kotlin", "kt", "swift", "go", "golang", "rust", "rs"], "//", s_slashStar, ["\"", "`"], Words(
            """
            abstract as async auto await bool boolean break byte case catch chan char class const constexpr continue crate default defer delete
            do double else enum export extends extern false final finally float fn for func fun go goto guard if impl implements import in
            inline instanceof int interface let long loop map match mod move mut namespace new nil noexcept null nullptr operator override
            package private protected pub public range ref return select self short signed sizeof static string struct super switch template
            this throw trait true try type typedef typename union unsigned use using val var virtual void volatile where while
            """)),
        new(["py", "python", "python3"], "#", s_none, ["\"\"\"", "'''", "\"", "'"], Words(
            """
            False None True and as assert async await break case class continue def del elif else except finally for from global if import
            in is lambda match nonlocal not or pass raise return self try while with yield
            """)),
        new(["js", "javascript", "jsx", "mjs", "ts", "typescript", "tsx"], "//", s_slashStar, ["`", "\"", "'"], Words(
            """
            abstract any as async await boolean break case catch class const continue debugger declare default delete do else enum export
            extends false finally for from function get if implements import in instanceof interface keyof let namespace new null number of
            private protected public readonly return set static string super switch this throw true try type typeof undefined unknown var
            void while with yield
            """)),
        new(["sh", "bash", "shell", "zsh", "console"], "#", s_none, ["\"", "'"], Words(
            "case do done elif else esac export fi for function if in local return select set shift then trap unset until while")),
        new(["json", "jsonc", "json5"], "//", s_slashStar, ["\""], Words("true false null")),
        new(["sql"], "--", s_slashStar, ["'", "\""], Words(
            """
            ADD ALL ALTER AND AS ASC BETWEEN BY CASE CREATE DELETE DESC DISTINCT DROP ELSE END EXISTS FROM FULL GROUP HAVING IN INDEX INNER
            INSERT INTO IS JOIN KEY LEFT LIKE LIMIT NOT NULL ON OR ORDER OUTER PRIMARY RIGHT SELECT SET TABLE THEN UNION UPDATE VALUES WHEN
            WHERE WITH add all alter and as asc between by case create delete desc distinct drop else end exists from full group having in
            index inner insert into is join key left like limit not null on or order outer primary right select set table then union update
            values when where with
            """)),
        new(["yaml", "yml", "toml", "ini", "dockerfile", "makefile"], "#", s_none, ["\"", "'"], Words("true false null yes no on off")),
    ];

    /// <summary>By the fence's info string; null where it names no language of the table.</summary>
    public static CodeLanguage? Find(string name) => Array.Find(s_all, l => l.Names.Contains(name, StringComparer.OrdinalIgnoreCase));

    static HashSet<string> Words(string words) => [.. words.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)];
}
