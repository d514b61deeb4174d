namespace Poise.Core.Chat.Templates;

/// <summary>The filter <c>wordwrap</c>: lines of a width, cut between words, after hyphens, and inside of words that are too long.</summary>
static class WordWrap
{
    public static string Apply(Run run, string text, Value?[] a)
    {
        int width = a[0] is null ? 79 : Numbers.Index(a[0]!);
        if (width <= 0) throw new TemplateException($"invalid width {width} (must be > 0)");
        bool breakWords = a[1]?.IsTrue != false, breakHyphens = a[3]?.IsTrue != false;
        string newLine = a[2] is null or NoneValue ? "\n" : PythonText.Of(run, a[2]!);
        var wrapped = new TextBuffer(run);
        bool firstLine = true;
        foreach ((int start, int end, _) in TextSearch.Lines(text))
        {
            if (!firstLine) wrapped.Append(newLine);
            firstLine = false;
            bool first = true;
            foreach (string line in Wrap(Chunks(text[start..end], breakHyphens), width, breakWords))
            {
                wrapped.Append(first ? "" : newLine).Append(line);
                first = false;
            }
        }
        return wrapped.ToString();
    }

    /// <summary>Words and the spaces between them; a word ends after a hyphen that stands between letters.</summary>
    static List<string> Chunks(string line, bool breakHyphens)
    {
        var chunks = new List<string>();
        for (int at = 0; at < line.Length;)
        {
            bool space = PythonCharacters.IsSpace(line[at]);
            int end = at + 1;
            while (end < line.Length && PythonCharacters.IsSpace(line[end]) == space)
            {
                if (breakHyphens && IsBreak(line, at, end)) break;
                end++;
            }
            chunks.Add(line[at..end]);
            at = end;
        }
        return chunks;
    }

    /// <summary>Whether a word may be cut at a place: after a hyphen with at least two characters of a word on either side, a letter the last before it.</summary>
    static bool IsBreak(string line, int start, int at)
    {
        if (line[at - 1] != '-' || at < start + 3 || !char.IsLetter(line[at - 2]) || !PythonCharacters.IsWord(line[at - 3]) || !PythonCharacters.IsWord(line[at])) return false;
        for (int i = at + 1; i < line.Length && PythonCharacters.IsWord(line[i]); i++)
            if (char.IsLetter(line[i]) || line[i] == '_') return true;
        return false;
    }

    static IEnumerable<string> Wrap(List<string> chunks, int width, bool breakWords)
    {
        bool any = false;
        for (int at = 0; at < chunks.Count;)
        {
            if (any && string.IsNullOrWhiteSpace(chunks[at]))
            {
                at++;
                continue;
            }
            var line = new List<string>();
            int length = 0;
            while (at < chunks.Count && length + CodePoints.Count(chunks[at]) <= width)
            {
                length += CodePoints.Count(chunks[at]);
                line.Add(chunks[at++]);
            }
            if (at < chunks.Count && CodePoints.Count(chunks[at]) > width)
            {
                int room = width - length, cut = CodePoints.Offset(chunks[at], breakWords ? room : line.Count == 0 ? int.MaxValue : 0);
                if (cut > 0) line.Add(chunks[at][..cut]);
                chunks[at] = chunks[at][cut..];
                if (chunks[at].Length == 0) at++;
            }
            if (line.Count > 0 && string.IsNullOrWhiteSpace(line[^1])) line.RemoveAt(line.Count - 1);
            if (line.Count == 0) continue;
            any = true;
            yield return string.Concat(line);
        }
    }
}
