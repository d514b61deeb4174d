using System.Text;
using Iced.Intel;
using Poise.Assembler;
using Poise.Tensors;
using Poise.Tensors.Kernels;

namespace Poise.Benchmarks.Listing;

/// <summary>An assembled kernel: its code read back, in the form of the compiler's listings.</summary>
static class AssembledListing
{
    public static JitListing Read(HotLoop loop)
    {
        byte[] code = KernelAssembler.Emit(loop.Type, OperatingSystem.IsWindows());
        var decoder = Iced.Intel.Decoder.Create(64, new ByteArrayCodeReader(code), 0);
        var instructions = new List<Iced.Intel.Instruction>();
        // Constants lie behind the return.
        do instructions.Add(decoder.Decode());
        while (instructions[^1].FlowControl != FlowControl.Return);
        var targets = instructions.Where(i => i.FlowControl is FlowControl.ConditionalBranch or FlowControl.UnconditionalBranch).Select(i => i.NearBranchTarget).ToHashSet();
        var formatter = new MasmFormatter();
        formatter.Options.AlwaysShowScale = false;
        formatter.Options.MemorySizeOptions = MemorySizeOptions.Always;
        var text = new StringBuilder().Append("; Assembly listing for method ").Append(loop.Method).Append("()\n");
        foreach (Iced.Intel.Instruction instruction in instructions)
        {
            if (targets.Contains(instruction.IP)) text.Append("G_M").Append(instruction.IP).Append(":\n");
            var output = new StringOutput();
            formatter.Format(instruction, output);
            // An operand that is read once for all lanes is memory like any other.
            string line = output.ToStringAndReset().Replace(" bcst [", " ptr [", StringComparison.Ordinal);
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            string name = space < 0 ? line : line[..space];
            bool jumps = instruction.FlowControl is FlowControl.ConditionalBranch or FlowControl.UnconditionalBranch;
            text.Append("       ").Append(name).Append(' ').Append(jumps ? $"G_M{instruction.NearBranchTarget}" : space < 0 ? "" : line[space..]).Append('\n');
        }

        return JitListing.Parse(text.ToString(), loop.Method)[0];
    }

    /// <summary>Has products of this loop's format run it, or its C# kernel again.</summary>
    public static void Use(HotLoop loop)
    {
        // No other code comes in between.
        KernelOverride.Install(null);
        KernelOverride.Set(loop.Type, loop.IsAssembled ? ExecutableMemory.Place(KernelAssembler.Emit(loop.Type, OperatingSystem.IsWindows())) : 0);
        if (loop.IsAssembled && !KernelOverride.Has(loop.Type)) throw new PoiseException("this system refuses executable memory");
    }
}
