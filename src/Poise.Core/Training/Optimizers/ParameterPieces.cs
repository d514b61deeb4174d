using Poise.Tensors.Threading;

namespace Poise.Core.Training.Optimizers;

/// <summary>Parameters cut into pieces of the same size whatever the threads: work to share out, and the order of a sum.</summary>
sealed class ParameterPieces
{
    const int PieceElements = 16384;

    readonly (int Parameter, int Start, int Count)[] _pieces;

    public ParameterPieces(IReadOnlyList<Parameter> parameters)
    {
        var pieces = new List<(int, int, int)>();
        for (int p = 0; p < parameters.Count; p++)
        {
            int elements = checked((int)parameters[p].Elements);
            for (int start = 0; start < elements; start += PieceElements) pieces.Add((p, start, Math.Min(PieceElements, elements - start)));
        }
        _pieces = [.. pieces];
    }

    public int Count => _pieces.Length;

    /// <summary>Calls <paramref name="body"/> with the number of each piece, its parameter, its first element and its length.</summary>
    public void For(ComputePool pool, Action<int, int, int, int> body) => pool.For(_pieces.Length, 1, (from, to, _) =>
    {
        for (int i = from; i < to; i++) body(i, _pieces[i].Parameter, _pieces[i].Start, _pieces[i].Count);
    });
}
