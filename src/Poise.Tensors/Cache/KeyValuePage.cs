namespace Poise.Tensors.Cache;

/// <summary>One page of the KV cache. A full page never changes again, so sequences with the same prefix share it.</summary>
public sealed class KeyValuePage
{
    internal KeyValuePage(int group, long bytes)
    {
        Group = group;
        Buffer = new NativeBuffer(bytes);
    }

    /// <summary>Which of the pool's layouts it has.</summary>
    public int Group { get; }

    /// <summary>Sequences that read it now.</summary>
    public int Holders { get; internal set; }

    /// <summary>Whether a prefix cache keeps it; then it may be taken away while nobody holds it.</summary>
    public bool Kept { get; internal set; }

    internal NativeBuffer Buffer { get; }
}
