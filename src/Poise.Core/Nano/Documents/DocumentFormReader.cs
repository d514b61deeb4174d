using Poise.Core.Nano.Language;
using Poise.Tensors;

namespace Poise.Core.Nano.Documents;

/// <summary>
/// Reads kinds of documents: <c>= name</c>, <c>t title</c>, <c>s sentence</c>, <c>q slot => question => answer</c>, and <c>~ slot => ...</c> for a
/// question that is held out. Documents of tests say other names and values in the sentences that all documents have.
/// </summary>
static class DocumentFormReader
{
    public static IReadOnlyList<DocumentForm> Read(string file)
    {
        var forms = new List<DocumentForm>();
        List<string> titles = [];
        List<string> sentences = [];
        List<FormQuestion> questions = [];
        string? name = null;
        foreach (string line in GrammarReader.Lines(NanoTexts.Read(file)).Append("= "))
        {
            int space = line.IndexOf(' ');
            string mark = space < 0 ? line : line[..space], rest = space < 0 ? "" : line[(space + 1)..].Trim();
            switch (mark)
            {
                case "=":
                    if (name is not null) forms.Add(new DocumentForm(name, titles, sentences, questions));
                    (name, titles, sentences, questions) = (rest, [], [], []);
                    break;
                case "t": titles.Add(rest); break;
                case "s": sentences.Add(rest); break;
                case "q" or "~":
                    string[] parts = rest.Split(" => ");
                    if (parts.Length != 3) throw new PoiseException($"{file}: \"{line}\" is no question.");
                    questions.Add(new FormQuestion(parts[0].Trim(), parts[1].Trim(), parts[2].Trim(), mark == "q" ? Split.Training : Split.HeldOut));
                    break;
                default: throw new PoiseException($"{file}: \"{line}\" is no line of a document.");
            }
        }
        return forms;
    }
}
