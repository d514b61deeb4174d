using Poise.Tensors;

namespace Poise.Core.Nano.Language;

/// <summary>Reads topics: <c>= name</c>, <c>k one key|another</c>, <c>q question</c>, <c>~ held-out question</c>, <c>a answer</c>.</summary>
static class TopicReader
{
    public static IReadOnlyList<Topic> Read(string file)
    {
        var topics = new List<Topic>();
        List<IReadOnlyList<string>> keys = [];
        List<Alternative> questions = [];
        List<string> answers = [];
        string? name = null;
        foreach (string line in GrammarReader.Lines(NanoTexts.Read(file)).Append("= "))
        {
            string rest = line.Length > 2 ? line[2..].Trim() : "";
            switch (line[0])
            {
                case '=':
                    if (name is not null) topics.Add(new Topic(name, keys, questions, answers));
                    (name, keys, questions, answers) = (rest, [], [], []);
                    break;
                case 'k': keys.Add(rest.Split('|')); break;
                case 'q': questions.Add(new Alternative(rest, 1, Split.Training)); break;
                case '~': questions.Add(new Alternative(rest, 1, Split.HeldOut)); break;
                case 'a': answers.Add(rest); break;
                default: throw new PoiseException($"{file}: \"{line}\" is no line of a topic.");
            }
        }
        foreach (Topic topic in topics)
            if (topic.Keys.Count == 0 || topic.Questions.Count == 0 || topic.Answers.Count == 0) throw new PoiseException($"{file}: the topic {topic.Name} lacks keys, questions or answers.");
        return topics;
    }
}
