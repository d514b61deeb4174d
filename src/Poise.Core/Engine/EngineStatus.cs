namespace Poise.Core.Engine;

/// <summary>A look at an engine between two steps.</summary>
/// <param name="Running">Sequences that are computed.</param>
/// <param name="Waiting">Sequences that wait for memory or for a place.</param>
/// <param name="Pages">Pages of the KV cache that exist.</param>
/// <param name="FreePages">Those that hold nothing.</param>
/// <param name="PrefixPages">Page-long pieces of prefixes that are known.</param>
/// <param name="CacheBytes">Bytes of all pages.</param>
public sealed record EngineStatus(int Running, int Waiting, int Pages, int FreePages, int PrefixPages, long CacheBytes);
