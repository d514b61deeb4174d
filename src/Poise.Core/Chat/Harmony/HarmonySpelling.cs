namespace Poise.Core.Chat.Harmony;

/// <summary>How the format's tokens and names are spelled.</summary>
static class HarmonySpelling
{
    public const string Start = "<|start|>";
    public const string Channel = "<|channel|>";
    public const string Constrain = "<|constrain|>";
    public const string Message = "<|message|>";
    public const string End = "<|end|>";
    public const string Call = "<|call|>";
    public const string Return = "<|return|>";
    public const string EndOfText = "<|endoftext|>";

    public const string Analysis = "analysis";
    public const string Commentary = "commentary";
    public const string Final = "final";

    /// <summary>Namespace of the user's functions, and what a call's recipient begins with.</summary>
    public const string Functions = "functions";
    public const string FunctionPrefix = Functions + ".";

    public static readonly string[] Channels = [Analysis, Commentary, Final];

    /// <summary>The tokens that every vocabulary of the format must have.</summary>
    public static readonly (HarmonyToken Token, string Text)[] Tokens =
    [
        (HarmonyToken.Start, Start), (HarmonyToken.Channel, Channel), (HarmonyToken.Constrain, Constrain), (HarmonyToken.Message, Message),
        (HarmonyToken.End, End), (HarmonyToken.Call, Call), (HarmonyToken.Return, Return),
    ];

    public static string Of(HarmonyToken token) => Tokens.First(t => t.Token == token).Text;

    public static string Of(ChatRole role) => role switch
    {
        ChatRole.System => "system",
        ChatRole.Developer => "developer",
        ChatRole.User => "user",
        ChatRole.Assistant => "assistant",
        _ => "tool",
    };

    /// <summary>The role that has the word as its name; a tool's messages bear the tool's name instead.</summary>
    public static ChatRole? RoleOf(string word, StringComparison comparison = StringComparison.Ordinal)
    {
        for (ChatRole role = ChatRole.System; role <= ChatRole.Assistant; role++)
            if (word.Equals(Of(role), comparison)) return role;
        return null;
    }
}
