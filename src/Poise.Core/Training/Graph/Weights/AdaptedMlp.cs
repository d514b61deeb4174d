namespace Poise.Core.Training.Graph;

/// <summary>down(silu(gate x) * up x): a dense part, or one expert, of whose result nothing but sums is made.</summary>
sealed record AdaptedMlp(AdaptedLinear Gate, AdaptedLinear Up, AdaptedLinear Down)
{
    /// <param name="adapted">False for the base model alone.</param>
    /// <param name="weights">Of the rows of an expert.</param>
    public Node Apply(Tape tape, Node x, bool adapted, Node? weights = null)
    {
        Node inner = Graph.Gate.Apply(tape, Tensors.GateKind.Silu, Gate.Apply(tape, x, adapted), Up.Apply(tape, x, adapted));
        return Down.Apply(tape, weights is null ? inner : Experts.Weigh(tape, inner, weights), adapted, weights, unread: true);
    }
}
