using Poise.Core.Layers;
using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>Cosines and sines of a batch's positions, [rows, rotary / 2], and the sines of the way back.</summary>
sealed class RotaryAngles
{
    public RotaryAngles(RotaryTable table, int[] positions)
    {
        table.Fill(positions);
        (Cosines, Sines, Opposite) = (Copy(table.Cosines, 1), Copy(table.Sines, 1), Copy(table.Sines, -1));
    }

    public FloatRows Cosines { get; }
    public FloatRows Sines { get; }
    public FloatRows Opposite { get; }

    static FloatRows Copy(FloatRows from, float factor)
    {
        FloatRows to = new FloatRows(from.Columns).Resize(from.Rows);
        for (int i = 0; i < to.All.Length; i++) to.All[i] = factor * from.All[i];
        return to;
    }
}
