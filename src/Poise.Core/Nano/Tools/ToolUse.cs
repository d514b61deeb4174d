using Poise.Core.Chat;
using Poise.Core.Nano.Grading;

namespace Poise.Core.Nano.Tools;

/// <summary>One question that a tool answers: the call, what the tool says, and the answer.</summary>
/// <param name="Key">What the answer has to hold.</param>
sealed record ToolUse(string Question, string Thought, ToolDefinition Tool, Func<Language.RandomStream, ToolDefinition> Kind, string Arguments, string Result, string Answer, string Key)
{
    public AnswerCheck CallCheck => new ToolCallCheck(Tool.Name, Arguments);

    public AnswerCheck AnswerCheck => PhraseCheck.Of(Key);
}
