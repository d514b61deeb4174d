using System.Buffers;
using System.Text;

namespace Poise.Core.Chat.Harmony;

/// <summary>
/// Reads what stands where a header was begun but no message token came before the message's end. What is surely header is read as such
/// (a role, a channel, a recipient, the constrain token); all that follows it is content.
/// </summary>
static class HarmonyRecovery
{
    // Where a recipient ends: at a blank, at a token, or where the arguments of its call begin.
    static readonly SearchValues<char> s_recipientEnd = SearchValues.Create(" \t\r\n\u00A0<{");

    /// <summary>All messages in a text that was taken for a header: a channel in what is said begins one more.</summary>
    /// <param name="tokens">Where special tokens stand in the text.</param>
    /// <param name="restart">A start token ended it.</param>
    /// <param name="goesOn">Its last message is not over.</param>
    /// <param name="spell">Whether channel tokens that name no channel are spelled in what is said.</param>
    public static List<(HarmonyHeader Header, string Said, bool Stays)> Messages(
        string text, List<(int At, HarmonyToken Token)> tokens, HarmonyHeaderStart start, bool ended, bool restart, bool goesOn, bool spell)
    {
        var messages = new List<(HarmonyHeader, string, bool)>();
        for (int from = 0; from < text.Length || (goesOn && messages.Count == 0);)
        {
            (HarmonyHeader header, int begin) = Read(text[from..], start, ended);
            begin += from;
            int end = tokens.Where(t => t.Token == HarmonyToken.Channel && t.At >= begin && HarmonyHeaderBuffer.NamesChannel(text[(t.At + HarmonySpelling.Channel.Length)..]))
                .Select(t => t.At).FirstOrDefault(text.Length);
            string said = Said(text, begin, end, tokens, spell);
            // A header alone counts if it has ended. A new start takes it back, unless it is somebody's.
            bool counts = ended && (header.Name is not null || (!restart && (header.Channel ?? header.Recipient ?? header.ContentType) is not null));
            bool continues = start is { Implicit: true, Previous: { } previous } && header == previous;
            bool stays = goesOn && end == text.Length;
            if (stays || (counts && !continues) || !string.IsNullOrWhiteSpace(said)) messages.Add((header, said, stays));
            from = end;
            start = new HarmonyHeaderStart(header.Role, Implicit: false, null);
        }
        return messages;
    }

    /// <summary>A piece of text without the tokens in it, but for those that shall be spelled.</summary>
    static string Said(string text, int begin, int end, List<(int At, HarmonyToken Token)> tokens, bool spell)
    {
        var said = new StringBuilder();
        foreach ((int at, HarmonyToken token) in tokens)
        {
            if (at < begin || at >= end || (spell && token == HarmonyToken.Channel)) continue;
            said.Append(text, begin, at - begin);
            begin = at + HarmonySpelling.Of(token).Length;
        }
        return said.Append(text, begin, end - begin).ToString();
    }

    /// <param name="text">The header so far, special tokens spelled.</param>
    /// <param name="ended">False where the stream was cut off; then a first word may be half a role and is no content.</param>
    /// <returns>The header, and where in the text the content begins.</returns>
    static (HarmonyHeader Header, int Content) Read(string text, HarmonyHeaderStart start, bool ended)
    {
        int message = text.IndexOf(HarmonySpelling.Message, StringComparison.Ordinal);
        // The token's letters as plain text: the model meant it.
        if (message >= 0) return (HarmonyHeaderReader.Read(text[..message], start), message + HarmonySpelling.Message.Length);

        int at = SkipAuthor(text, start, ended, out ChatRole? role, out string? name, out string? channel);
        string? recipient = null, type = null;
        while (true)
        {
            int word = at;
            while (word < text.Length && char.IsWhiteSpace(text[word])) word++;
            ReadOnlySpan<char> rest = text.AsSpan(word);
            if (rest.IsEmpty)
            {
                at = word;
                break;
            }
            if (rest.StartsWith(HarmonySpelling.Channel, StringComparison.Ordinal)) at = word + HarmonySpelling.Channel.Length + TakeChannel(rest[HarmonySpelling.Channel.Length..], ref channel);
            else if (rest.StartsWith("to=", StringComparison.OrdinalIgnoreCase))
            {
                int end = rest.IndexOfAny(s_recipientEnd);
                at = word + (end < 0 ? rest.Length : end);
                recipient = text[(word + 3)..at];
            }
            else if (rest.StartsWith(HarmonySpelling.Constrain, StringComparison.Ordinal))
            {
                int end = HarmonySpelling.Constrain.Length;
                while (end < rest.Length && (char.IsAsciiLetterOrDigit(rest[end]) || rest[end] is '_' or '-')) end++;
                type = rest[..end].ToString();
                at = word + end;
            }
            else if (recipient is not null && type is null && TypeWord(rest) is { } known)
            {
                type = known;
                at = word + known.Length;
            }
            else break;
        }
        bool continues = start.Implicit && role is null && channel is null && recipient is null;
        if (continues && start.Previous is { } previous) return (new HarmonyHeader(previous.Role, previous.Name, previous.Channel), at);
        // Blanks after a header belong to it.
        while (at > 0 && at < text.Length && char.IsWhiteSpace(text[at])) at++;
        return (new HarmonyHeader(role ?? ChatRole.Assistant, name, channel, recipient, type), at);
    }

    static int SkipAuthor(string text, HarmonyHeaderStart start, bool ended, out ChatRole? role, out string? name, out string? channel)
    {
        (role, name, channel) = (start.Role, null, null);
        int begin = 0;
        while (begin < text.Length && char.IsWhiteSpace(text[begin])) begin++;
        int end = begin;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && !text.AsSpan(end).StartsWith("<|", StringComparison.Ordinal)) end++;
        string word = text[begin..end];
        if (word.Length == 0 || HarmonyHeaderReader.IsRecipient(word)) return 0;
        if (start.Role is { } known) return word == HarmonySpelling.Of(known) && FollowedByToken(text, end) ? end : 0;
        if (HarmonyHeaderReader.AuthorOf(word, ref channel) is { } author && (!start.Implicit || FollowedByToken(text, end)))
        {
            (role, name) = author;
            return end;
        }
        if (start.Implicit) return 0;
        // A tool's name where more header follows; otherwise somebody's text, or a role that was cut off.
        ReadOnlySpan<char> rest = text.AsSpan(end).TrimStart();
        bool header = rest.StartsWith("<|", StringComparison.Ordinal) || rest.StartsWith("to=", StringComparison.OrdinalIgnoreCase);
        if (header) (role, name) = (ChatRole.Tool, word);
        return header || (!ended && rest.IsEmpty) ? end : 0;
    }

    // "assistant is a word" is text; a role by itself, or before a channel or a recipient, is not.
    static bool FollowedByToken(string text, int end)
    {
        ReadOnlySpan<char> rest = text.AsSpan(end).TrimStart();
        return rest.IsEmpty || rest.StartsWith("<|", StringComparison.Ordinal) || rest.StartsWith("to=", StringComparison.OrdinalIgnoreCase);
    }

    // The known names end where they end, even if text is glued to them; another name is a word.
    static int TakeChannel(ReadOnlySpan<char> rest, ref string? channel)
    {
        int blank = 0;
        while (blank < rest.Length && char.IsWhiteSpace(rest[blank])) blank++;
        ReadOnlySpan<char> name = rest[blank..];
        int length = 0;
        foreach (string known in HarmonySpelling.Channels)
            if (name.StartsWith(known, StringComparison.Ordinal)) length = known.Length;
        if (length == 0 && !name.StartsWith("to=", StringComparison.OrdinalIgnoreCase))
            while (length < name.Length && !char.IsWhiteSpace(name[length]) && name[length] != '<') length++;
        if (length == 0) return 0;
        channel = name[..length].ToString();
        return blank + length;
    }

    static string? TypeWord(ReadOnlySpan<char> rest)
    {
        foreach (string word in (ReadOnlySpan<string>)["json", "code"])
            if (rest.StartsWith(word, StringComparison.Ordinal) && (rest.Length == word.Length || char.IsWhiteSpace(rest[word.Length]) || rest[word.Length] == '{')) return word;
        return null;
    }
}
