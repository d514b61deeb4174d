using System.Collections.Concurrent;
using System.Text;
using Poise.Core.Chat;
using Poise.Core.Nano.Tasks;

namespace Poise.Core.Nano;

/// <summary>The questions of the tests as a person would compare them: letters, digits and signs of arithmetic, without regard to case. No conversation to learn from has one.</summary>
static class HeldOutQuestions
{
    static readonly ConcurrentDictionary<ulong, Lazy<HashSet<string>>> s_bySeed = new();

    /// <summary>Whether a user asks in the conversation what the tests of the seed ask.</summary>
    public static bool AreIn(NanoSample sample, ulong seed)
    {
        HashSet<string> asked = s_bySeed.GetOrAdd(seed, s => new Lazy<HashSet<string>>(() => [.. NanoTasks.All.SelectMany(task => NanoExam.Items(task.Kind, s)).Select(item => Plain(item.Question))])).Value;
        return sample.Messages.Any(message => message.Role == ChatRole.User && asked.Contains(Plain(message.Text)));
    }

    static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (char c in text)
            if (char.IsLetterOrDigit(c) || c is '+' or '-' or '*' or '/') plain.Append(char.ToLowerInvariant(c));
        return plain.ToString();
    }
}
