using Poise.Tensors;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;

namespace Poise.Core.Training.Graph;

/// <summary>
/// Records the operations of a forward pass and runs their backward passes in reverse order. Every operation computes whole
/// outputs on one thread and sums in the order of the numerics contract, and gradients are added in the order of the tape, so
/// a step gives the same bits for any number of threads, at any vector width, and with or without recomputation.
/// </summary>
sealed class Tape : IDisposable
{
    readonly BufferPool _buffers = new();
    Scope _scope = new(records: true);

    /// <param name="threads">0 for one a processor.</param>
    public Tape(int threads)
    {
        Pool = new ComputePool(threads);
        Floats = new FloatProduct(Pool);
        Matrices = new MatrixProduct(Pool);
        Transposed = new TransposedProduct(Pool);
        Attention = new DocumentAttention(Pool);
    }

    public ComputePool Pool { get; }
    public FloatProduct Floats { get; }
    public MatrixProduct Matrices { get; }
    public TransposedProduct Transposed { get; }
    public ActivationBatch Batch { get; } = new();
    public DocumentAttention Attention { get; }

    /// <summary>False while nothing is to be trained on what is computed: evaluation, a reference model.</summary>
    public bool Gradients { get; set; } = true;

    /// <summary>Whether blocks are computed again in the backward pass instead of being kept: less memory, a third more time.</summary>
    public bool Recomputes { get; set; } = true;

    /// <summary>Whether a block is computed a second time, for its backward pass alone: results that none asks for may be anything.</summary>
    public bool Recomputing { get; private set; }

    /// <summary>Bytes of activations and gradients that were needed at once so far.</summary>
    public long Bytes => _buffers.Bytes;

    public FloatRows Rent(int rows, int columns) => _buffers.Rent(rows, columns);

    public void Return(FloatRows rows) => _buffers.Return(rows);

    /// <summary>A result that the tape owns from now on.</summary>
    /// <param name="needsGradient">Whether any input needs one.</param>
    /// <param name="backward">Gives the inputs their shares of the node's gradient.</param>
    public Node Record(FloatRows value, bool needsGradient, Action<Node> backward)
    {
        var node = new Node(value, needsGradient && Gradients);
        _scope.Nodes.Add(node);
        if (node.NeedsGradient && _scope.Records) _scope.Steps.Add((node, backward));
        return node;
    }

    /// <summary>Adds a share to a node's gradient. The tape owns <paramref name="share"/> afterwards.</summary>
    public void Give(Node node, FloatRows share)
    {
        if (!node.NeedsGradient) Return(share);
        else if (node.Gradient is null) node.Gradient = share;
        else
        {
            Operations.Add(Pool, node.Gradient, share);
            Return(share);
        }
    }

    /// <summary>The gradient of a node to add to, zero at first.</summary>
    public FloatRows GradientOf(Node node)
    {
        if (node.Gradient is { } gradient) return gradient;
        node.Gradient = Rent(node.Rows, node.Columns);
        node.Gradient.All.Clear();
        return node.Gradient;
    }

    /// <summary>Runs a block without keeping what lies inside it; the backward pass runs it once more, to the same bits.</summary>
    public Node Recompute(Func<Node> block)
    {
        if (Gradients && !Recomputes) return block();
        Scope outer = _scope;
        _scope = new Scope(records: false);
        Node inside = block();
        _scope.Nodes.Remove(inside);
        inside.ReleaseKept(_buffers);
        ReleaseAll(_scope);
        _scope = outer;
        return Record(inside.Value, inside.NeedsGradient, node =>
        {
            Scope here = _scope;
            _scope = new Scope(records: true);
            Recomputing = true;
            Node again = block();
            Recomputing = false;
            again.Gradient = node.TakeGradient();
            RunBack(_scope);
            ReleaseAll(_scope);
            _scope = here;
        });
    }

    /// <summary>Runs the tape back from a node and forgets it; parameters then hold their shares on top of what they held.</summary>
    /// <param name="gradient">Of the loss with respect to the node's elements.</param>
    public void Backward(Node node, ReadOnlySpan<float> gradient)
    {
        if (node.NeedsGradient)
        {
            gradient.CopyTo(GradientOf(node).All);
            RunBack(_scope);
        }

        Clear();
    }

    /// <summary>Forgets everything recorded.</summary>
    public void Clear()
    {
        ReleaseAll(_scope);
        _scope = new Scope(records: true);
    }

    // What an operation gave is not needed once its own backward pass has run: all its users come later on the tape.
    void RunBack(Scope scope)
    {
        for (int i = scope.Steps.Count - 1; i >= 0; i--)
        {
            (Node node, Action<Node> backward) = scope.Steps[i];
            if (node.Gradient is not null) backward(node);
            scope.Nodes.Remove(node);
            node.Release(_buffers);
        }

        scope.Steps.Clear();
    }

    void ReleaseAll(Scope scope)
    {
        foreach (Node node in scope.Nodes) node.Release(_buffers);
        scope.Nodes.Clear();
        scope.Steps.Clear();
    }

    public void Dispose()
    {
        Clear();
        Pool.Dispose();
        Floats.Dispose();
        Matrices.Dispose();
        Transposed.Dispose();
        Batch.Dispose();
        Attention.Dispose();
        _buffers.Dispose();
    }

    sealed class Scope(bool records)
    {
        public bool Records { get; } = records;
        public HashSet<Node> Nodes { get; } = [];
        public List<(Node Node, Action<Node> Backward)> Steps { get; } = [];
    }
}
