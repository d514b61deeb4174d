namespace Poise.Benchmarks.Limits;

/// <summary>What the machine has a most of.</summary>
enum LimitKind
{
    /// <summary>GB/s read from memory, one stream a thread.</summary>
    Read,

    /// <summary>GMAC/s of fused multiply-adds of floats.</summary>
    Float,

    /// <summary>GMAC/s of u8 * s8 products summed in 16 bits, the instruction pair of the 4-bit kernels.</summary>
    Int8,

    /// <summary>GMAC/s of s16 * s16 products summed in 32 bits, the instruction pair of the 8-bit kernels.</summary>
    Int16,

    /// <summary>GMAC/s of u8 * s8 products summed in 32 bits by one instruction, that of the assembled kernels.</summary>
    Vnni,

    /// <summary>GHz, from a chain of additions that each wait for the one before.</summary>
    Clock,
}
