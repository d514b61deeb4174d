using Poise.Core.Chat;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tasks;

/// <summary>One thing that nano is to do: it writes conversations that show how, and others that test it.</summary>
abstract class NanoTask
{
    /// <summary>Lower case, one word.</summary>
    public abstract string Kind { get; }

    /// <summary>Its share of the corpus, in thousandths.</summary>
    public abstract int Weight { get; }

    /// <summary>How many of a hundred are in French; in this small world, most tasks know English alone.</summary>
    public virtual int FrenchShare => 0;

    /// <summary>Test items.</summary>
    public virtual int HeldOutCount => 500;

    public abstract NanoSample Make(Draft draft);

    protected static ChatMessage User(string text) => ChatMessage.Of(ChatRole.User, text);

    protected static ChatMessage Assistant(string text, string? reasoning = null) => ChatMessage.Of(ChatRole.Assistant, text) with { Reasoning = reasoning };
}
