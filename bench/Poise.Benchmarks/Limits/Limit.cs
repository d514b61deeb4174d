using Poise.Cli.Measuring;

namespace Poise.Benchmarks.Limits;

/// <summary>One measured limit of the machine.</summary>
sealed record Limit(LimitKind Kind, int Threads, Spread Value)
{
    public string Unit => Kind switch { LimitKind.Read => "GB/s", LimitKind.Clock => "GHz", _ => "GMAC/s" };

    public string What => Kind switch
    {
        LimitKind.Read => "read memory",
        LimitKind.Float => "F32 multiply-add",
        LimitKind.Int8 => "u8 * s8 to 16 bits, add",
        LimitKind.Int16 => "s16 * s16 to 32 bits, add",
        LimitKind.Vnni => "u8 * s8 to 32 bits",
        _ => "clock",
    };
}
