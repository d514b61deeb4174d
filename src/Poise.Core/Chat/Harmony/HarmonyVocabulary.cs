using Poise.Core.Tokenizers;
using Poise.Tensors;

namespace Poise.Core.Chat.Harmony;

/// <summary>A tokenizer that has the format's special tokens. Ids are looked up by name: small models have tokens of their own.</summary>
public sealed class HarmonyVocabulary
{
    readonly Dictionary<int, HarmonyToken> _tokens = [];
    readonly Dictionary<HarmonyToken, int> _ids = [];

    /// <exception cref="PoiseException">A token of the format is missing.</exception>
    public HarmonyVocabulary(Tokenizer tokenizer)
    {
        Tokenizer = tokenizer;
        foreach ((HarmonyToken token, string text) in HarmonySpelling.Tokens)
        {
            int id = tokenizer.FindId(text) ?? throw new PoiseException($"The tokenizer has no token {text}: it is not one of a model that speaks harmony (gpt-oss).");
            _ids.Add(token, id);
            _tokens[id] = token;
        }
        if (tokenizer.FindId(HarmonySpelling.EndOfText) is { } end) _tokens.TryAdd(end, HarmonyToken.EndOfText);
        StopIds = [IdOf(HarmonyToken.Return), IdOf(HarmonyToken.Call), .. _tokens.Where(t => t.Value == HarmonyToken.EndOfText).Select(t => t.Key)];
    }

    public Tokenizer Tokenizer { get; }

    /// <summary>Ids that end a generation. The end of a message is not among them: an answer has several messages.</summary>
    public IReadOnlyList<int> StopIds { get; }

    public static bool Fits(Tokenizer tokenizer) => HarmonySpelling.Tokens.All(t => tokenizer.FindId(t.Text) is not null);

    /// <summary>Whether an id is the token that a message begins with.</summary>
    public bool IsStart(int id) => KindOf(id) == HarmonyToken.Start;

    internal int IdOf(HarmonyToken token) => _ids[token];

    internal HarmonyToken KindOf(int id) =>
        _tokens.TryGetValue(id, out HarmonyToken token) ? token
        : (uint)id >= (uint)Tokenizer.VocabularySize ? HarmonyToken.Unknown
        : Tokenizer.IsSpecial(id) ? HarmonyToken.Other : HarmonyToken.Text;
}
