using System.Globalization;
using Poise.Core.Chat;
using Poise.Core.Nano.Documents;
using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tasks;

/// <summary>Questions about short documents of the prompt: the answer is copied from one and cites it, or says that none has it.</summary>
sealed class DocumentTask : NanoTask
{
    const int UnknownShare = 17, MostBefore = 3, MoreShare = 45;

    static readonly Lazy<IReadOnlyList<DocumentForm>> s_english = new(() => DocumentFormReader.Read("documentforms.en.txt"));
    static readonly Lazy<IReadOnlyList<DocumentForm>> s_french = new(() => DocumentFormReader.Read("documentforms.fr.txt"));
    static readonly PhraseCheck s_unknown = new([["not say", "ne le disent pas", "ne le dit pas"]]) { Forbidden = ["[1]", "[2]", "[3]"] };

    public override string Kind => "documents";

    public override int Weight => 260;

    internal static IReadOnlyList<DocumentForm> Forms(Tongue tongue) => tongue == Tongue.English ? s_english.Value : s_french.Value;

    public override NanoSample Make(Draft draft)
    {
        List<WrittenDocument> documents = Write(draft);
        string rule = draft.Say("documents.rule");
        var messages = new List<ChatMessage>();
        string? asked = null;
        Turn turn = Ask(draft, documents, ref asked, out string thought);
        string question = WithDocuments(draft, documents, rule, turn.Question, messages);
        bool high = draft.Effort == ReasoningEffort.High;
        for (int more = 0; !high && more < MostBefore && draft.Random.Chance(MoreShare); more++)
        {
            messages.AddRange([User(question), Assistant(turn.Answer)]);
            turn = Ask(draft, documents, ref asked, out thought);
            question = turn.Question;
        }
        messages.AddRange([User(question), Assistant(turn.Answer, high ? thought : null)]);
        return new NanoSample(Kind, draft.Tongue, messages, turn.Check) { Effort = draft.Effort, Part = turn.Check == s_unknown ? "not said" : "said" };
    }

    static List<WrittenDocument> Write(Draft draft)
    {
        int count = draft.Random.Pick([1, 1, 2, 2, 3]);
        DocumentForm[] forms = [.. Forms(draft.Tongue).Where(form => form.IsOf(draft.Split))];
        var documents = new List<WrittenDocument>();
        while (documents.Count < count)
        {
            WrittenDocument written = WrittenDocument.Write(draft, draft.Random.Pick(forms));
            // What has no name could not be told from another of its kind.
            bool isClear = documents.All(other => other.Form != written.Form || (written.Words.TryGetValue("name", out string? name) && name != other.Words["name"]));
            if (isClear) documents.Add(written);
        }
        return documents;
    }

    static string WithDocuments(Draft draft, List<WrittenDocument> documents, string rule, string question, List<ChatMessage> messages)
    {
        bool titled = draft.Random.Chance(30);
        string texts = string.Join('\n', documents.Select((d, i) => $"{(titled ? "Document " : "")}[{Number(i + 1)}]{(titled ? ":" : "")} {d.Text}"));
        switch (draft.Random.Below(4))
        {
            case 0:
                messages.Add(ChatMessage.Of(ChatRole.System, rule));
                return $"{texts}\n\n{question}";
            case 1:
                messages.Add(ChatMessage.Of(ChatRole.System, $"{rule}\n\n{texts}"));
                return question;
            case 2: return $"{rule}\n\n{texts}\n\n{(question.Contains(':', StringComparison.Ordinal) ? "" : "Question: ")}{question}";
            default: return $"{texts}\n\n{question}";
        }
    }

    /// <param name="before">Document and slot of the question before, which is not asked again.</param>
    static Turn Ask(Draft draft, List<WrittenDocument> documents, ref string? before, out string thought)
    {
        string? last = before;
        bool unknown = draft.Random.Chance(UnknownShare);
        (int Index, FormQuestion Question)[] Candidates() =>
        [
            .. documents.SelectMany((document, i) => document.Form.Questions.Where(q => q.Split == draft.Split && document.Words.ContainsKey(q.Slot) != unknown && $"{i} {q.Slot}" != last).Select(q => (i, q))),
        ];
        (int Index, FormQuestion Question)[] candidates = Candidates();
        if (candidates.Length == 0)
        {
            unknown = !unknown;
            candidates = Candidates();
        }
        (int index, FormQuestion asked) = draft.Random.Pick(candidates);
        before = $"{index} {asked.Slot}";
        draft.Bound.Clear();
        foreach ((string slot, string word) in documents[index].Words) draft.Bind(slot, word);
        draft.Bind("n", index + 1);
        string question = draft.AskPattern(asked.Pattern);
        thought = draft.Say(unknown ? "documents.think.unknown" : "documents.think");
        if (unknown) return new Turn(question, draft.Say("documents.unknown"), s_unknown);
        string cited = $"[{Number(index + 1)}]", answer = Inflection.Capital(draft.Fill(asked.Answer));
        answer = answer.EndsWith('.') ? $"{answer[..^1]} {cited}." : $"{answer} {cited}";
        return new Turn(question, answer, PhraseCheck.Of(documents[index].Words[asked.Slot], cited));
    }

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
