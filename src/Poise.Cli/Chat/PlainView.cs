using Microsoft.Extensions.AI;
using Poise.Cli.Output;
using Poise.Cli.Terminal;

namespace Poise.Cli.Chat;

/// <summary>
/// Text without escape sequences: answers to one writer as the model wrote them, everything else to the other.
/// Where a writer is a terminal (a dumb one), what it shows is made safe.
/// </summary>
sealed class PlainView(TextWriter output, TextWriter notes, bool outputIsTerminal) : IChatView
{
    public bool ShowsReasoning { get; set; }

    public void Notice(string text) => notes.WriteLine(ShownText.Of(text));

    public void Error(string text) => notes.WriteLine($"poise: {Printable.Text(text)}");

    public IAnswerView BeginAnswer() => new PlainAnswer(this);

    sealed class PlainAnswer(PlainView view) : IAnswerView
    {
        string _lastText = "\n";
        string _lastNote = "\n";

        public void Reading(long done, long total)
        {
            // Nothing that is rewritten has a place here.
        }

        public void Reasoning(string text)
        {
            if (view.ShowsReasoning) view.Note(text, ref _lastNote);
        }

        public void Text(string text)
        {
            if (!_lastNote.EndsWith('\n')) view.Note("\n", ref _lastNote);
            view.Out(text, ref _lastText);
        }

        public void ToolCall(FunctionCallContent call) =>
            view.Out($"{(_lastText.EndsWith('\n') ? "" : "\n")}[tool call: {call.Name} {ToolCallText.Of(call)}]\n", ref _lastText);

        public void End(AnswerEnd end)
        {
            if (!_lastText.EndsWith('\n')) view.Out("\n", ref _lastText);
            if (!_lastNote.EndsWith('\n')) view.Note("\n", ref _lastNote);
            if (end.Outcome != AnswerOutcome.Failed) view.Notice(EndLine.Of(end));
        }
    }

    void Out(string text, ref string last)
    {
        output.Write(outputIsTerminal ? ShownText.Of(text) : text);
        output.Flush();
        last = text;
    }

    void Note(string text, ref string last)
    {
        notes.Write(ShownText.Of(text));
        last = text;
    }
}
