namespace Poise.Benchmarks.Listing;

/// <summary>
/// Cycles that a loop takes at least on a core like Zen 5 with 512-bit units: two multiplications, four vector operations in all, two loads of
/// 64 bytes and one store each cycle, eight instructions. Published figures of that core, not measured here; others differ.
/// </summary>
sealed record PortBound(string Port, double Count, double PerCycle)
{
    public double Cycles => Count / PerCycle;

    public static IReadOnlyList<PortBound> Of(IReadOnlyList<(Instruction Instruction, double Times)> loop)
    {
        double Sum(Func<Instruction, bool> which) => loop.Where(row => which(row.Instruction)).Sum(row => row.Times);
        return
        [
            new("multiplications", Sum(i => i.Class == InstructionClass.Multiply), 2),
            new("vector operations", Sum(i => i.IsVectorArithmetic), 4),
            new("loads", Sum(i => i.Loads || i.Class == InstructionClass.Prefetch), 2),
            new("instructions", Sum(_ => true), 8),
        ];
    }
}
