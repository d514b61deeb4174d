namespace Poise.Core.Chat.Harmony;

/// <summary>What a token brought, in order.</summary>
public abstract record HarmonyEvent;

/// <summary>More content of the message with this header; never half a character.</summary>
public sealed record HarmonyDelta(HarmonyHeader Header, string Text) : HarmonyEvent;

/// <summary>A message is complete.</summary>
public sealed record HarmonyFinished(HarmonyMessage Message) : HarmonyEvent;

/// <summary>Where in the format a stream stands.</summary>
public enum HarmonyState
{
    /// <summary>Between messages.</summary>
    ExpectStart,
    Header,
    Content,
}
