using System.Runtime.CompilerServices;

namespace Poise.Core.Chat.Templates;

/// <summary>One rendering: the clock, where the output goes, and what it has cost so far.</summary>
sealed class Run
{
    readonly TemplateLimits _limits;
    readonly CancellationToken _cancellation;
    long _work;
    long _nextCheck;
    int _depth;

    public Run(TemplateLimits limits, DateTimeOffset now, bool keepMarkup, CancellationToken cancellation)
    {
        _limits = limits;
        _cancellation = cancellation;
        Now = now;
        KeepMarkup = keepMarkup;
        Root = Output = new TextBuffer(this);
    }

    public DateTimeOffset Now { get; }

    /// <summary>Whether <c>safe</c> marks a text as escaped HTML, as Jinja does.</summary>
    public bool KeepMarkup { get; }

    /// <summary>Whether the filter at work stands in a block that escapes what it prints.</summary>
    public bool IsEscaping { get; set; }

    /// <summary>The line that is at work, for messages.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>What becomes the rendered text.</summary>
    public TextBuffer Root { get; }

    /// <summary>Where statements print now: the root, or the text that a macro or a block collects.</summary>
    public TextBuffer Output { get; private set; }

    /// <summary>Spans of the root in UTF-16 units: what a <c>generation</c> tag encloses.</summary>
    public List<(int Start, int End)> Generations { get; } = [];

    public int MaximumText => _limits.Text;

    /// <summary>Goes one level down; returns the line to hand to <see cref="Leave"/>. A failure ends the run, so nothing needs to be undone then.</summary>
    public int Enter(int line)
    {
        int before = Line;
        Line = line;
        Charge(1);
        if (++_depth > _limits.Depth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new TemplateException($"calls and expressions are nested too deeply (more than {Math.Min(_depth - 1, _limits.Depth):N0} levels): does a macro call itself without end?");
        return before;
    }

    public void Leave(int line)
    {
        Line = line;
        _depth--;
    }

    /// <summary>Pays for work that is about to be done.</summary>
    public void Charge(long units)
    {
        _work += units;
        if (_work < _nextCheck) return;
        if (_work > _limits.Work) throw new TemplateException($"the template does more work than is allowed ({_limits.Work:N0} steps): does it loop without end?");
        _cancellation.ThrowIfCancellationRequested();
        _nextCheck = Math.Min(_work + 4096, _limits.Work + 1);
    }

    /// <summary>Pays for a text of this many UTF-16 units that is about to be made.</summary>
    public void ChargeText(long length)
    {
        if (length > _limits.Text) throw new TemplateException($"a text of more than {_limits.Text:N0} characters is made");
        Charge(1 + (length >> 4));
    }

    /// <summary>Pays for a look at all of a text, as a search or a comparison takes it.</summary>
    public void ChargeReading(Value value)
    {
        if (value is TextValue text) Charge(text.Text.Length >> 6);
    }

    /// <summary>Refuses values that are nested without measure.</summary>
    public static void CheckDepth(int depth)
    {
        if (depth > TemplateLimits.ValueDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new TemplateException($"a value is nested more than {TemplateLimits.ValueDepth} levels deep");
    }

    /// <summary>What an action prints, as a text.</summary>
    public string Capture(Action print)
    {
        // A buffer and, as a rule, a scope: dearer than a node.
        Charge(32);
        TextBuffer before = Output;
        Output = new TextBuffer(this);
        print();
        string text = Output.ToString();
        Output = before;
        return text;
    }

    /// <summary>The elements, each paid for.</summary>
    public List<Value> ToList(IEnumerable<Value> items)
    {
        var list = new List<Value>();
        foreach (Value item in items)
        {
            Charge(1);
            list.Add(item);
        }
        return list;
    }
}
