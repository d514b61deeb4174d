using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Documents;

/// <summary>A question that a kind of document answers, if the sentence with the slot is in it.</summary>
readonly record struct FormQuestion(string Slot, string Pattern, string Answer, Split Split);

/// <summary>A kind of document: how it begins, sentences that may be missing, and questions.</summary>
sealed record DocumentForm(string Name, IReadOnlyList<string> Titles, IReadOnlyList<string> Sentences, IReadOnlyList<FormQuestion> Questions);
