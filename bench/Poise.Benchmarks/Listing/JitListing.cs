using System.Text.RegularExpressions;
using Poise.Tensors;

namespace Poise.Benchmarks.Listing;

/// <summary>The listing of one method as the just-in-time compiler prints it: instructions, and where labels stand.</summary>
sealed partial class JitListing
{
    readonly List<Instruction> _instructions = [];
    readonly Dictionary<string, int> _labels = [];

    JitListing()
    {
    }

    public IReadOnlyList<Instruction> Instructions => _instructions;

    /// <summary>Every method in the text whose full name contains <paramref name="method"/>.</summary>
    public static IReadOnlyList<JitListing> Parse(string text, string method)
    {
        var listings = new List<JitListing>();
        JitListing? current = null;
        foreach (string line in text.Split('\n'))
        {
            if (Header().Match(line) is { Success: true } header)
            {
                current = header.Groups[1].Value.Contains(method, StringComparison.Ordinal) ? new JitListing() : null;
                if (current is not null) listings.Add(current);
            }
            else if (current is null) continue;
            else if (Label().Match(line) is { Success: true } label) current._labels[label.Groups[1].Value] = current._instructions.Count;
            // "align" is a note about padding.
            else if (Line().Match(line) is { Success: true } part && part.Groups[1].Value != "align")
                current._instructions.Add(new Instruction(part.Groups[1].Value, part.Groups[2].Value.Trim()));
        }
        return listings;
    }

    /// <summary>Loops as first and last instruction: jumps backwards to a label.</summary>
    public IEnumerable<(int First, int Last)> Loops
    {
        get
        {
            for (int i = 0; i < _instructions.Count; i++)
                if (_instructions[i].Name[0] == 'j' && _labels.TryGetValue(_instructions[i].Operands.Split(' ')[^1], out int target) && target <= i)
                    yield return (target, i);
        }
    }

    /// <summary>
    /// What runs for one block and one row of activations: the smallest loop with the products of a block in it, each instruction
    /// with how often it runs in there. A smaller loop inside counts as often as the products ask
    /// for, one that asks for memory ahead once a cache line.
    /// </summary>
    public IReadOnlyList<(Instruction Instruction, double Times)> BlockLoop(HotLoop hot)
    {
        // The sum becomes a float once a block; what ends there is the loop of blocks.
        (int First, int Last)[] candidates = [.. Loops.Where(loop => Body(loop).Any(i => i.Name == "vcvtdq2ps") && Body(loop).Any(i => i.Products > 0)).OrderBy(loop => loop.Last - loop.First)];
        if (candidates.Length == 0) throw new PoiseException("the listing has no loop of integer products: on this machine the kernel is of another kind");
        // Assembled kernels have a loop of eight rows, and smaller ones for the rows that are left.
        (int First, int Last) whole = hot.IsAssembled ? candidates.Last(loop => !candidates.Any(other => other != loop && other.First >= loop.First && other.Last <= loop.Last))
            : candidates[hot.Around && candidates.Length > 1 ? 1 : 0];
        (int First, int Last)[] inner = [.. Loops.Where(loop => loop.First >= whole.First && loop.Last <= whole.Last && loop != whole && Body(loop).Any(i => i.Products > 0))];
        (int First, int Last)[] ahead = [.. Loops.Where(loop => loop.First > whole.First && loop.Last < whole.Last && Body(loop).All(i => i.Products == 0) && Body(loop).Any(i => i.Class == InstructionClass.Prefetch))];
        bool bytes = Body(whole).Any(i => i.Name is "vpmaddubsw" or "vpdpbusd" or "vpdpbusds");
        double outside = 0, inside = 0;
        for (int i = whole.First; i <= whole.Last; i++)
        {
            int products = bytes && _instructions[i].Name is ("vpmaddwd" or "vpdpwssd") ? 0 : _instructions[i].Products;
            if (inner.Any(loop => i >= loop.First && i <= loop.Last)) inside += products;
            else outside += products;
        }

        // One turn of the whole loop may hold several blocks, or half a block for the second half of the rows.
        double turns = inside > 0 ? (HotLoop.BlockProducts - outside) / inside : 1, scale = inside > 0 ? 1 : HotLoop.BlockProducts / outside;
        return [.. Enumerable.Range(whole.First, whole.Last - whole.First + 1).Select(i => (_instructions[i], scale * Times(i)))];

        double Times(int i)
        {
            if (inner.Any(loop => i >= loop.First && i <= loop.Last)) return turns;
            return ahead.Any(loop => i >= loop.First && i <= loop.Last) ? Math.Ceiling(hot.BlockBytes / 64.0) : 1;
        }
    }

    IEnumerable<Instruction> Body((int First, int Last) loop) => _instructions.Skip(loop.First).Take(loop.Last - loop.First + 1);

    [GeneratedRegex(@"^; Assembly listing for method (.*?)\(")]
    private static partial Regex Header();

    [GeneratedRegex(@"^(G_M\w+):")]
    private static partial Regex Label();

    [GeneratedRegex(@"^\s{4,}([a-z]\w*)\s*(.*)$")]
    private static partial Regex Line();
}
