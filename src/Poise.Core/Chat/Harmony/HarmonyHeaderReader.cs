namespace Poise.Core.Chat.Harmony;

/// <summary>
/// Reads a header that ended in the message token. Well-formed headers are read as the reference library does; where that gives up:
/// the last of several channels counts, and <c>to=assistant</c> before it does not; a channel may follow a blank; the last recipient counts;
/// a channel's name may lack the token before it; words left over become part of the content type, so that nothing is lost; <c>to=</c> may be in capitals or have blanks around;
/// <c>user:guest</c> is a name, an unknown word a tool; a missing role is the assistant's.
/// As the library has it, a single word without <c>to=</c> is a recipient, even one that begins with the constrain token: that a recipient
/// like this one means a content type is for who uses the message.
/// </summary>
static class HarmonyHeaderReader
{
    public static HarmonyHeader Read(string text, HarmonyHeaderStart start)
    {
        string? channel = null;
        text = TakeChannels(text, ref channel);
        List<string> words = [.. text.Replace(HarmonySpelling.Constrain, " " + HarmonySpelling.Constrain, StringComparison.Ordinal).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];
        JoinSpacedRecipient(words);
        (ChatRole role, string? name) = TakeAuthor(words, start, ref channel);
        // The channel's marker was forgotten.
        if (channel is null && words is [var first, ..] && HarmonySpelling.Channels.Contains(first))
        {
            channel = first;
            words.RemoveAt(0);
        }
        (string? recipient, string? type) = ReadWords(words, start.Implicit);
        if (start is { Implicit: true, Previous: { } previous } && channel is null && recipient is null) channel = previous.Channel;
        return new HarmonyHeader(role, name, channel, recipient, type);
    }

    // Each marker is cut out with its channel; a blank stays, so that the words around do not grow together.
    static string TakeChannels(string text, ref string? channel)
    {
        for (int at; (at = text.IndexOf(HarmonySpelling.Channel, StringComparison.Ordinal)) >= 0;)
        {
            int begin = at + HarmonySpelling.Channel.Length;
            while (begin < text.Length && char.IsWhiteSpace(text[begin])) begin++;
            int end = begin;
            while (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] != '<') end++;
            string word = text[begin..end];
            if (IsRecipient(word)) end = begin;
            else if (HarmonySpelling.Channels.FirstOrDefault(c => word.StartsWith(c, StringComparison.Ordinal) && IsRecipient(word[c.Length..])) is { } glued)
                end = begin + glued.Length;
            string before = text[..at];
            if (end > begin)
            {
                // A channel that is replaced was a false start, and so was the assistant's message to itself.
                if (channel is not null) before = before.Replace("to=assistant", "", StringComparison.Ordinal);
                channel = text[begin..end];
            }
            text = before + " " + text[end..];
        }
        return text;
    }

    static void JoinSpacedRecipient(List<string> words)
    {
        for (int i = 0; i + 1 < words.Count; i++)
        {
            if (!words[i].Equals("to", StringComparison.OrdinalIgnoreCase) || words[i + 1][0] != '=') continue;
            bool alone = words[i + 1].Length == 1 && i + 2 < words.Count;
            words[i] = "to" + words[i + 1] + (alone ? words[i + 2] : "");
            words.RemoveRange(i + 1, alone ? 2 : 1);
        }
    }

    static (ChatRole Role, string? Name) TakeAuthor(List<string> words, HarmonyHeaderStart start, ref string? channel)
    {
        if (start.Role is { } known)
        {
            if (words.Count > 0 && words[0] == HarmonySpelling.Of(known)) words.RemoveAt(0);
            return (known, null);
        }
        if (words.Count == 0 || IsRecipient(words[0])) return (ChatRole.Assistant, null);
        if (AuthorOf(words[0], ref channel) is { } author)
        {
            words.RemoveAt(0);
            return author;
        }
        if (start.Implicit) return (ChatRole.Assistant, null);
        string name = words[0];
        words.RemoveAt(0);
        return (ChatRole.Tool, name);
    }

    /// <summary>A role, a role and a name (<c>user:guest</c>), or a role that a channel is glued to; null for any other word.</summary>
    internal static (ChatRole Role, string? Name)? AuthorOf(string word, ref string? channel)
    {
        if ((HarmonySpelling.RoleOf(word) ?? HarmonySpelling.RoleOf(word, StringComparison.OrdinalIgnoreCase)) is { } role) return (role, null);
        int colon = word.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && HarmonySpelling.RoleOf(word[..colon]) is { } named) return (named, word[(colon + 1)..]);
        for (ChatRole r = ChatRole.System; r <= ChatRole.Assistant; r++)
        {
            string spelled = HarmonySpelling.Of(r);
            if (!word.StartsWith(spelled, StringComparison.Ordinal) || !HarmonySpelling.Channels.Contains(word[spelled.Length..])) continue;
            channel ??= word[spelled.Length..];
            return (r, null);
        }
        return null;
    }

    static (string? Recipient, string? ContentType) ReadWords(List<string> words, bool isImplicit)
    {
        int to = words.FindLastIndex(IsRecipient);
        string? recipient = to < 0 ? null : words[to][3..];
        words.RemoveAll(IsRecipient);
        bool bare = recipient is null && !isImplicit && (words.Count == 1 || (words.Count == 2 && !words[0].StartsWith(HarmonySpelling.Constrain, StringComparison.Ordinal)));
        if (bare)
        {
            recipient = words[0];
            words.RemoveAt(0);
        }
        return (recipient, words.Count == 0 ? null : string.Join(' ', words.Distinct()));
    }

    internal static bool IsRecipient(string word) => word.StartsWith("to=", StringComparison.OrdinalIgnoreCase);
}
