namespace Poise.Core.Chat.Harmony;

/// <summary>What a message says about itself.</summary>
public sealed record HarmonyHeader(ChatRole Role, string? Name = null, string? Channel = null, string? Recipient = null, string? ContentType = null);

/// <summary>What the parser knows when a header begins.</summary>
/// <param name="Role">The role where the prompt has said it already; null where the header has to.</param>
/// <param name="Implicit">No start token stood before it: text between messages.</param>
/// <param name="Previous">The message before, which text without a header continues.</param>
readonly record struct HarmonyHeaderStart(ChatRole? Role, bool Implicit, HarmonyHeader? Previous);
