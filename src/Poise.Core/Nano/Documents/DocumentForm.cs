using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Documents;

/// <summary>A sentence of a kind of document, and how a held-out document says the same.</summary>
readonly record struct FormSentence(string Training, string HeldOut)
{
    public bool HasOwnHeldOut => HeldOut != Training;

    public string Of(Split split) => split == Split.Training ? Training : HeldOut;
}

/// <summary>A question that a kind of document answers, if the sentence with the slot is in it.</summary>
readonly record struct FormQuestion(string Slot, string Pattern, string Answer, Split Split);

/// <summary>A kind of document: how it begins, sentences that may be missing, and questions.</summary>
sealed record DocumentForm(string Name, IReadOnlyList<Alternative> Titles, IReadOnlyList<FormSentence> Sentences, IReadOnlyList<FormQuestion> Questions)
{
    public bool IsOf(Split split) => Titles.Any(t => t.Split == split) && Questions.Any(q => q.Split == split);
}
