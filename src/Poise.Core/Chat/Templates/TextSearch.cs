namespace Poise.Core.Chat.Templates;

/// <summary>Finding, cutting and replacing in strings.</summary>
static class TextSearch
{
    /// <param name="characters">What to take away; null for white space.</param>
    public static string Strip(string text, string? characters, bool start, bool end)
    {
        HashSet<int>? set = characters is null ? null : [.. CodePoints.Of(characters)];
        bool Gone(int point) => set is null ? PythonCharacters.IsSpace(point) : set.Contains(point);
        int from = 0, to = text.Length;
        while (start && from < to && Gone(CodePoints.At(text, from))) from += CodePoints.LengthAt(text, from);
        while (end && to > from)
        {
            int last = to - from > 1 && char.IsSurrogatePair(text[to - 2], text[to - 1]) ? to - 2 : to - 1;
            if (!Gone(CodePoints.At(text, last))) break;
            to = last;
        }
        return text[from..to];
    }

    public static Value Split(Run run, TextValue self, string? separator, int limit)
    {
        string text = self.Text;
        run.ChargeText(text.Length);
        var parts = new List<Value>();
        void Add(int from, int to)
        {
            run.Charge(2);
            parts.Add(new TextValue(text[from..to], self.IsMarkup));
        }
        int at = 0;
        if (separator is null)
        {
            while (true)
            {
                while (at < text.Length && PythonCharacters.IsSpace(text[at])) at++;
                if (at == text.Length) break;
                int end = at;
                if (limit >= 0 && parts.Count == limit) end = text.Length;
                else while (end < text.Length && !PythonCharacters.IsSpace(text[end])) end++;
                Add(at, end);
                if (limit >= 0 && parts.Count > limit) break;
                at = end;
            }
            return new ListValue(parts);
        }
        if (separator.Length == 0) throw new TemplateException("empty separator");
        for (int found; (limit < 0 || parts.Count < limit) && (found = text.IndexOf(separator, at, StringComparison.Ordinal)) >= 0; at = found + separator.Length) Add(at, found);
        Add(at, text.Length);
        return new ListValue(parts);
    }

    public static Value SplitFromEnd(Run run, TextValue self, string? separator, int limit)
    {
        if (limit < 0) return Split(run, self, separator, limit);
        string text = self.Text;
        run.ChargeText(text.Length);
        var parts = new List<Value>();
        void Add(int from, int to)
        {
            run.Charge(2);
            parts.Add(new TextValue(text[from..to], self.IsMarkup));
        }
        int end = text.Length;
        if (separator is null)
        {
            while (true)
            {
                while (end > 0 && PythonCharacters.IsSpace(text[end - 1])) end--;
                if (end == 0) break;
                int from = end;
                if (parts.Count == limit) from = 0;
                else while (from > 0 && !PythonCharacters.IsSpace(text[from - 1])) from--;
                Add(from, end);
                if (parts.Count > limit) break;
                end = from;
            }
        }
        else
        {
            if (separator.Length == 0) throw new TemplateException("empty separator");
            while (parts.Count < limit && end > 0 && text.LastIndexOf(separator, end - 1, StringComparison.Ordinal) is >= 0 and var found)
            {
                Add(found + separator.Length, end);
                end = found;
            }
            Add(0, end);
        }
        parts.Reverse();
        return new ListValue(parts);
    }

    public static Value SplitLines(Run run, TextValue self, bool keepEnds)
    {
        var lines = new List<Value>();
        foreach ((int start, int end, int next) in Lines(self.Text))
        {
            run.Charge(2 + (next - start >> 4));
            lines.Add(new TextValue(self.Text[start..(keepEnds ? next : end)], self.IsMarkup));
        }
        return new ListValue(lines);
    }

    /// <summary>Each line: where it starts, where its text ends, where the next one starts.</summary>
    public static IEnumerable<(int Start, int End, int Next)> Lines(string text)
    {
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            while (end < text.Length && !PythonCharacters.IsLineEnd(text[end])) end++;
            int next = end == text.Length ? end : text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? end + 2 : end + 1;
            yield return (start, end, next);
            start = next;
        }
    }

    public static Value Partition(TextValue self, string separator, bool fromEnd)
    {
        if (separator.Length == 0) throw new TemplateException("empty separator");
        string text = self.Text;
        int at = fromEnd ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        string[] parts = at >= 0 ? [text[..at], separator, text[(at + separator.Length)..]] : fromEnd ? ["", "", text] : [text, "", ""];
        return new TupleValue([.. parts.Select(part => new TextValue(part, self.IsMarkup))]);
    }

    public static bool HasEnd(Run run, TextValue self, Value?[] a, bool atStart)
    {
        if (Window(self, a) is not (var from, var to)) return false;
        IReadOnlyList<Value> candidates = a[0] is TupleValue several ? several.Items : [a[0]!];
        run.Charge(candidates.Count);
        foreach (Value candidate in candidates)
        {
            if (candidate is UndefinedValue undefined) throw undefined.Error;
            if (candidate is not TextValue part)
                throw new TemplateException($"{(atStart ? "startswith" : "endswith")} first arg must be str or a tuple of str, not {candidate.TypeName}");
            ReadOnlySpan<char> window = self.Text.AsSpan(from, to - from);
            if (atStart ? window.StartsWith(part.Text, StringComparison.Ordinal) : window.EndsWith(part.Text, StringComparison.Ordinal)) return true;
        }
        return false;
    }

    /// <summary>The index of a part, or -1.</summary>
    public static int Find(Run run, TextValue self, Value?[] a, bool last)
    {
        string part = TextMethods.Text(a[0]);
        run.ChargeText(self.Text.Length);
        if (Window(self, a) is not (var from, var to)) return -1;
        ReadOnlySpan<char> window = self.Text.AsSpan(from, to - from);
        int found = last ? part.Length == 0 ? window.Length : window.LastIndexOf(part, StringComparison.Ordinal) : window.IndexOf(part, StringComparison.Ordinal);
        return found < 0 ? -1 : self.IndexAt(from + found);
    }

    public static int Count(Run run, TextValue self, Value?[] a)
    {
        string part = TextMethods.Text(a[0]);
        run.ChargeText(self.Text.Length);
        if (Window(self, a) is not (var from, var to)) return 0;
        if (part.Length == 0) return self.IndexAt(to) - self.IndexAt(from) + 1;
        int count = 0;
        for (int at = from; (at = self.Text.IndexOf(part, at, to - at, StringComparison.Ordinal)) >= 0; at += part.Length) count++;
        return count;
    }

    /// <param name="limit">How many at most; negative for all.</param>
    public static TextValue Replace(Run run, TextValue self, string old, string with, int limit)
    {
        string text = self.Text;
        run.ChargeText(text.Length);
        var replaced = new TextBuffer(run);
        int count = 0, written = 0;
        if (old.Length == 0)
        {
            for (int at = 0; at <= text.Length && (limit < 0 || count < limit); count++)
            {
                replaced.Append(with);
                int next = at < text.Length ? at + CodePoints.LengthAt(text, at) : at + 1;
                replaced.Append(text[at..Math.Min(next, text.Length)]);
                written = Math.Min(next, text.Length);
                at = next;
            }
        }
        else
        {
            for (int at; (limit < 0 || count < limit) && (at = text.IndexOf(old, written, StringComparison.Ordinal)) >= 0; count++)
            {
                replaced.Append(text[written..at]).Append(with);
                written = at + old.Length;
            }
            if (count == 0) return self;
        }
        return new TextValue(replaced.Append(text[written..]).ToString(), self.IsMarkup);
    }

    /// <summary>The offsets that start and end arguments (the second and third) stand for, or null where they leave nothing, not even an empty place.</summary>
    static (int From, int To)? Window(TextValue self, Value?[] a)
    {
        if (a[1] is null or NoneValue && a[2] is null or NoneValue) return (0, self.Text.Length);
        int count = self.Count;
        int from = a[1] is null or NoneValue ? 0 : Numbers.Index(a[1]!), to = a[2] is null or NoneValue ? count : Numbers.Index(a[2]!);
        if (from < 0) from = Math.Max(0, from + count);
        to = to < 0 ? Math.Max(0, to + count) : Math.Min(to, count);
        return from > to ? null : (self.OffsetAt(from), self.OffsetAt(to));
    }
}
