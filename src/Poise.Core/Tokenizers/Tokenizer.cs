namespace Poise.Core.Tokenizers;

/// <summary>Text to ids and back. Thread-safe once built.</summary>
public abstract class Tokenizer
{
    /// <summary>Its algorithm, for people: <c>byte-level BPE</c>, <c>BPE over characters</c> (SentencePiece), <c>unigram</c>, <c>WordPiece</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>One more than the highest id.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>Added in front by <see cref="EncodePrompt"/> when the tokenizer's files say so.</summary>
    public int? BosId { get; init; }

    public bool AddBos { get; init; }

    /// <summary>Ids that end a generation, as the tokenizer's own files state them.</summary>
    public IReadOnlyList<int> StopIds { get; init; } = [];

    /// <summary>What is doubtful about the tokenizer's files and may make its ids wrong; null where nothing is.</summary>
    public string? Warning { get; init; }

    /// <summary>Whether an id is a special (control) token: one that user text never produces.</summary>
    public virtual bool IsSpecial(int id) => false;

    /// <summary>Ids of <paramref name="text"/>. Special tokens spelled in it are ordinary text unless <paramref name="allowSpecial"/>. Adds no BOS.</summary>
    public abstract int[] Encode(ReadOnlySpan<char> text, bool allowSpecial = false);

    /// <summary>As <see cref="Encode"/> with BOS in front where the model wants one.</summary>
    public int[] EncodePrompt(ReadOnlySpan<char> text, bool allowSpecial = false)
    {
        int[] ids = Encode(text, allowSpecial);
        return AddBos && BosId is { } bos && (ids.Length == 0 || ids[0] != bos) ? [bos, .. ids] : ids;
    }

    /// <summary>Text of the ids; ill-formed bytes become U+FFFD.</summary>
    public abstract string Decode(ReadOnlySpan<int> ids);

    /// <summary>The UTF-8 bytes that a token adds in the middle of a text; they may be part of a character.</summary>
    public abstract ReadOnlySpan<byte> BytesOf(int id);

    /// <summary>A decoder for one stream of ids that never emits half a character.</summary>
    public abstract StreamingDecoder CreateDecoder();

    /// <summary>The id of a token by its exact spelling (special tokens included), or null.</summary>
    public abstract int? FindId(string token);
}

/// <summary>Turns ids into text as they come. Not thread-safe.</summary>
public abstract class StreamingDecoder
{
    /// <summary>The text that may be shown now; empty while a character is incomplete.</summary>
    public abstract string Append(int id);

    /// <summary>What is left at the end of the stream: U+FFFD for an incomplete character.</summary>
    public abstract string Flush();
}
