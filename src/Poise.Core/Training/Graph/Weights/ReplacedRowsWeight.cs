using Poise.Tensors;

namespace Poise.Core.Training.Graph;

/// <summary>A frozen output matrix some of whose rows are trained: the tied output of a table with rows of its own.</summary>
sealed class ReplacedRowsWeight(LinearWeight own, TableRows rows, int first = 0) : LinearWeight(own.Outputs, own.Inputs)
{
    // Outputs of this block, and the rows of the parameter that stand there.
    readonly (int Output, int Row)[] _places = [.. rows.Indices.Select((index, n) => (index - first, n)).Where(place => place.Item1 >= 0 && place.Item1 < own.Outputs)];

    public override bool IsTrained => _places.Length > 0;

    public override void Forward(Tape tape, FloatRows x, FloatRows y)
    {
        own.Forward(tape, x, y);
        if (_places.Length == 0) return;
        FloatRows trained = Gathered(tape), part = tape.Rent(x.Rows, _places.Length);
        tape.Floats.Run(x, trained, part);
        for (int t = 0; t < x.Rows; t++)
            for (int i = 0; i < _places.Length; i++) y.Row(t)[_places[i].Output] = part.Row(t)[i];
        tape.Return(trained);
        tape.Return(part);
    }

    public override void Backward(Tape tape, FloatRows dy, FloatRows dx)
    {
        FloatRows frozen = tape.Rent(dy.Rows, dy.Columns);
        dy.All.CopyTo(frozen.All);
        for (int t = 0; t < dy.Rows; t++)
            foreach ((int output, _) in _places) frozen.Row(t)[output] = 0;
        own.Backward(tape, frozen, dx);
        tape.Return(frozen);
        if (_places.Length == 0) return;
        FloatRows trained = Gathered(tape), panel = Transposed(tape, trained), pulls = Pulls(tape, dy), share = tape.Rent(dx.Rows, dx.Columns);
        tape.Floats.Run(pulls, panel, share);
        Operations.Add(tape.Pool, dx, share);
        foreach (FloatRows used in (FloatRows[])[trained, panel, pulls, share]) tape.Return(used);
    }

    public override void AddGradient(Tape tape, FloatRows dy, FloatRows x)
    {
        if (_places.Length == 0) return;
        FloatRows pulls = Pulls(tape, dy), sums = tape.Rent(_places.Length, Inputs);
        sums.All.Clear();
        AddProduct(tape, pulls, x, sums);
        for (int i = 0; i < _places.Length; i++) Operations.AddTo(rows.Values.Gradient.Row(_places[i].Row), sums.Row(i));
        tape.Return(pulls);
        tape.Return(sums);
    }

    public override FloatRows Rows(Tape tape, int start, int count)
    {
        FloatRows values = own.Rows(tape, start, count);
        foreach ((int output, int row) in _places)
            if (output >= start && output < start + count) rows.Values.Value.Row(row).CopyTo(values.Row(output - start));
        return values;
    }

    public override LinearWeight Block(int start, int count) => new ReplacedRowsWeight(own.Block(start, count), rows, first + start);

    FloatRows Gathered(Tape tape)
    {
        FloatRows values = tape.Rent(_places.Length, Inputs);
        for (int i = 0; i < _places.Length; i++) rows.Values.Value.Row(_places[i].Row).CopyTo(values.Row(i));
        return values;
    }

    FloatRows Pulls(Tape tape, FloatRows dy)
    {
        FloatRows pulls = tape.Rent(dy.Rows, _places.Length);
        for (int t = 0; t < dy.Rows; t++)
            for (int i = 0; i < _places.Length; i++) pulls.Row(t)[i] = dy.Row(t)[_places[i].Output];
        return pulls;
    }
}
