using System.Globalization;
using Poise.Core.Chat;
using Poise.Core.Nano.Documents;
using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tasks;

/// <summary>Questions about short documents of the prompt: the answer is copied from one and cites it, or says that none has it.</summary>
sealed class DocumentTask : NanoTask
{
    const int UnknownShare = 17;

    /// <summary>Questions before the last, to be learnt and in tests, and the share of conversations that have another.</summary>
    static readonly (int Most, int Share) s_learnt = (6, 85), s_tested = (3, 45);

    static readonly Lazy<IReadOnlyList<DocumentForm>> s_forms = new(() => DocumentFormReader.Read("documentforms.en.txt"));

    /// <summary>What answers hold where no document has what is asked for.</summary>
    internal static PhraseCheck Unknown { get; } = new([["not say"]]) { Forbidden = ["[1]", "[2]", "[3]"] };

    public override string Kind => "documents";

    public override int Weight => 260;

    internal static IReadOnlyList<DocumentForm> Forms => s_forms.Value;

    public override NanoSample Make(Draft draft)
    {
        List<WrittenDocument> documents = Write(draft);
        string rule = draft.Say("documents.rule");
        var messages = new List<ChatMessage>();
        var asked = new HashSet<string>(StringComparer.Ordinal);
        Turn turn = Ask(draft, documents, asked, out string thought) ?? throw new InvalidOperationException("A document has no question.");
        string question = WithDocuments(draft, documents, rule, turn.Question, messages);
        bool high = draft.Effort == ReasoningEffort.High;
        (int most, int share) = draft.Split == Split.Training ? s_learnt : s_tested;
        while (!high && asked.Count <= most && draft.Random.Chance(share) && Ask(draft, documents, asked, out thought) is { } further)
        {
            messages.AddRange([User(question), Assistant(turn.Answer)]);
            turn = further;
            question = turn.Question;
        }
        messages.AddRange([User(question), Assistant(turn.Answer, high ? thought : null)]);
        return new NanoSample(Kind, draft.Tongue, messages, turn.Check) { Effort = draft.Effort, Part = turn.Check == Unknown ? "not said" : "said" };
    }

    static List<WrittenDocument> Write(Draft draft)
    {
        int count = draft.Random.Pick([1, 1, 1, 2, 2, 3]);
        IReadOnlyList<DocumentForm> forms = Forms;
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

    /// <summary>A question; null where all have been asked.</summary>
    /// <param name="before">Documents and slots of the questions before, none of which is asked again.</param>
    static Turn? Ask(Draft draft, List<WrittenDocument> documents, HashSet<string> before, out string thought)
    {
        thought = "";
        bool unknown = draft.Random.Chance(UnknownShare);
        (int Index, FormQuestion Question)[] Candidates() =>
        [
            .. documents.SelectMany((document, i) => document.Form.Questions.Where(q => q.Split == draft.Split && document.Words.ContainsKey(q.Slot) != unknown && !before.Contains($"{i} {q.Slot}")).Select(q => (i, q))),
        ];
        (int Index, FormQuestion Question)[] candidates = Candidates();
        if (candidates.Length == 0)
        {
            unknown = !unknown;
            candidates = Candidates();
        }
        if (candidates.Length == 0) return null;
        (int index, FormQuestion asked) = draft.Random.Pick(candidates);
        before.Add($"{index} {asked.Slot}");
        draft.Bound.Clear();
        foreach ((string slot, string word) in documents[index].Words) draft.Bind(slot, word);
        draft.Bind("n", index + 1);
        string question = draft.AskPattern(asked.Pattern);
        thought = draft.Say(unknown ? "documents.think.unknown" : "documents.think");
        if (unknown) return new Turn(question, draft.Say("documents.unknown"), Unknown);
        string cited = $"[{Number(index + 1)}]", answer = Inflection.Capital(draft.Fill(asked.Answer));
        answer = answer.EndsWith('.') ? $"{answer[..^1]} {cited}." : $"{answer} {cited}";
        return new Turn(question, answer, PhraseCheck.Of(documents[index].Words[asked.Slot], cited));
    }

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
