using Poise.Core.Chat;

namespace Poise.Core.Nano.Grading;

/// <summary>An answer in words where tools are there that have nothing to do. Whether the words are right is what the tests of their own kind measure.</summary>
sealed record NoCallCheck : AnswerCheck
{
    const int MostWords = 170;

    public override string? Fault(ChatMessage answer) => FaultOfForm(answer, MostWords);
}
