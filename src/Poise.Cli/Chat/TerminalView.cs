using Microsoft.Extensions.AI;
using Poise.Cli.Terminal;

namespace Poise.Cli.Chat;

/// <summary>A conversation on a terminal: reasoning apart and dim, answers as rendered Markdown, drawn while they are written.</summary>
sealed class TerminalView(ITerminal terminal, TimeProvider time) : IChatView
{
    static readonly TextStyle s_error = new(TextColor.Red);
    static readonly TextStyle s_call = new(TextColor.Yellow, Bold: true);

    public bool ShowsReasoning { get; set; } = true;

    public void Notice(string text) => Write(text, TextStyle.Faint);

    public void Error(string text) => Write(text, s_error);

    public IAnswerView BeginAnswer() => new TerminalAnswer(this);

    void Write(string text, TextStyle style)
    {
        var region = new LiveRegion(terminal);
        region.Show([.. TextFlow.Wrap([new StyledRun(text, style)], terminal.Width), StyledLine.Empty]);
        region.Finish();
    }

    sealed class TerminalAnswer : IAnswerView
    {
        // Drawing takes at most about a tenth of the time.
        const int PauseOfCost = 10;

        readonly TerminalView _view;
        readonly LiveRegion _region;
        IGrowingText? _growing;
        long _drawn;
        TimeSpan _cost;

        public TerminalAnswer(TerminalView view)
        {
            _view = view;
            _region = new LiveRegion(view.Terminal);
            _region.Show([StyledLine.Empty]);
            _region.Finish();
            // Until the first token the person should see that something happens.
            _region.Show([new StyledLine("reading ...", TextStyle.Faint)]);
        }

        public void Reading(long done, long total)
        {
            if (_growing is null && total > 0) _region.Show([new StyledLine($"reading the prompt, {100 * done / total} %", TextStyle.Faint)]);
        }

        public void Reasoning(string text)
        {
            if (_growing is not ReasoningText) Begin(new ReasoningText(_view.ShowsReasoning, _view.Time));
            Grow(text);
        }

        public void Text(string text)
        {
            if (_growing is not MarkdownStream) Begin(new MarkdownStream());
            Grow(text);
        }

        public void ToolCall(FunctionCallContent call)
        {
            Finish();
            IEnumerable<StyledRun> runs = [new StyledRun(call.Name, s_call), new StyledRun(" " + ToolCallText.Of(call))];
            _region.Show([.. TextFlow.Wrap(runs, _view.Terminal.Width), StyledLine.Empty]);
            _region.Finish();
        }

        public void End(AnswerEnd end)
        {
            Finish();
            string line = end.Outcome == AnswerOutcome.Failed ? "" : EndLine.Of(end);
            // The row that said "reading" goes, whether anything follows or not.
            _region.Show(line.Length == 0 ? [] : [.. TextFlow.Wrap([new StyledRun(line, TextStyle.Faint)], _view.Terminal.Width), StyledLine.Empty]);
            _region.Finish();
        }

        void Begin(IGrowingText growing)
        {
            Finish();
            _growing = growing;
        }

        void Grow(string text)
        {
            _growing!.Append(text);
            // A block of thousands of rows takes time to lay out; most of the time belongs to the model.
            if (_view.Time.GetElapsedTime(_drawn) < PauseOfCost * _cost) return;
            long began = _view.Time.GetTimestamp();
            (List<StyledLine> final, List<StyledLine> growing) = _growing.Render(_view.Terminal.Width);
            _region.Show([.. final, .. growing]);
            _region.Freeze(final.Count);
            _drawn = _view.Time.GetTimestamp();
            _cost = _view.Time.GetElapsedTime(began, _drawn);
        }

        void Finish()
        {
            if (_growing is null) return;
            List<StyledLine> rest = _growing.Finish(_view.Terminal.Width);
            if (_growing is MarkdownStream) rest.Add(StyledLine.Empty);
            _region.Show(rest);
            _region.Finish();
            _growing = null;
        }
    }

    ITerminal Terminal => terminal;

    TimeProvider Time => time;
}
