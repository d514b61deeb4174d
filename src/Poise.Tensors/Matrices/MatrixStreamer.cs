using Poise.Tensors.Threading;

namespace Poise.Tensors.Matrices;

/// <summary>
/// Runs experts that do not fit into memory all at once. What is used often is kept packed within a budget; the rest is asked of
/// the disk in one go before the first of it is needed. Not for several threads at once: it belongs to one model's passes.
/// </summary>
/// <remarks>
/// A newcomer takes another's place only if it has been used more, ages counted in passes of its own layer (TinyLFU:
/// Einziger, Friedman and Manes 2017, with exponential decay). Long prompts use every expert of every layer in turn, and a plain
/// "least recently used" would then throw out each one shortly before it is needed again.
/// </remarks>
public sealed unsafe class MatrixStreamer(ComputePool pool, long budget) : IDisposable
{
    // A use counts half after 32 passes of the layer: what it counts after 0 to 31.
    static readonly double[] s_decay = Decay();

    // Equal scores, rounding aside, change nothing.
    const double Margin = 1.001;

    readonly List<StreamedMatrices> _kept = [];
    readonly Dictionary<int, long> _passes = [];
    int _groups;
    long _keptBytes, _calls, _uses, _hits, _readBytes;

    /// <summary>Bytes that may be kept.</summary>
    public long Budget { get; } = budget;

    public StreamingStatistics Statistics => new(_groups, _kept.Count, _keptBytes, _uses, _hits, _readBytes);

    /// <param name="matrices">As loaded without packing.</param>
    /// <param name="stage">The layer.</param>
    public StreamedMatrices Add(WeightMatrix[] matrices, int stage)
    {
        _groups++;
        return new StreamedMatrices(matrices, stage);
    }

    // Asks the disk for what is not in memory, without waiting for it.
    static void ReadAhead(ReadOnlySpan<StreamedMatrices> groups)
    {
        foreach (StreamedMatrices group in groups)
        {
            if (group.Memory is not null) continue;
            foreach (WeightMatrix matrix in group.Matrices) matrix.Source.ReadAhead();
        }
    }

    /// <summary>One pass of a layer begins, and these groups of it are multiplied next: reads what is missing, and packs what is worth keeping.</summary>
    /// <param name="later">What may be needed after them: the disk goes on with those.</param>
    public void Use(int stage, ReadOnlySpan<StreamedMatrices> groups, ReadOnlySpan<StreamedMatrices> later = default)
    {
        ReadAhead(groups);
        ReadAhead(later);
        _calls++;
        long pass = _passes[stage] = _passes.GetValueOrDefault(stage) + 1;
        foreach (StreamedMatrices group in groups)
        {
            group.Score = ScoreAt(group, pass) + 1;
            group.ScoredAt = pass;
            group.UsedBy = _calls;
        }

        List<(WeightMatrix Matrix, int First)> packing = [];
        int total = 0;
        foreach (StreamedMatrices group in groups)
        {
            _uses++;
            if (group.Memory is not null)
            {
                _hits++;
                continue;
            }

            _readBytes += group.StoredBytes;
            if (!Admit(group)) continue;
            byte* place = group.Memory!.Pointer;
            foreach (WeightMatrix matrix in group.Matrices)
            {
                if (!matrix.CanPack) continue;
                packing.Add((matrix, total));
                matrix.Keep(place);
                place += matrix.PackedBytes;
                total += matrix.Groups;
            }
        }

        Pack(packing, total);
    }

    void Pack(List<(WeightMatrix Matrix, int First)> packing, int total)
    {
        if (total == 0) return;
        long bytes = packing.Max(p => p.Matrix.ScratchBytes);
        pool.For(total, 8, (start, end, _) =>
        {
            using var scratch = new NativeBuffer(bytes);
            for (int i = 0; i < packing.Count; i++)
            {
                (WeightMatrix matrix, int first) = packing[i];
                int from = Math.Max(0, start - first), to = Math.Min(matrix.Groups, end - first);
                if (from < to) matrix.PackKept(from, to, scratch);
            }
        });
        foreach ((WeightMatrix matrix, _) in packing) matrix.Source.Release();
    }

    // Gives the group memory, another's if need be.
    bool Admit(StreamedMatrices group)
    {
        if (group.PackedBytes == 0 || group.PackedBytes > Budget) return false;
        while (_keptBytes + group.PackedBytes > Budget)
        {
            StreamedMatrices? least = null;
            double lowest = double.MaxValue;
            foreach (StreamedMatrices kept in _kept)
            {
                if (kept.UsedBy == _calls) continue;
                double score = ScoreAt(kept, _passes.GetValueOrDefault(kept.Stage));
                if (score < lowest) (least, lowest) = (kept, score);
            }

            if (least is null || lowest * Margin >= group.Score)
            {
                group.Memory?.Dispose();
                group.Memory = null;
                return false;
            }

            Release(least, group);
        }

        group.Memory ??= new NativeBuffer(group.PackedBytes);
        _kept.Add(group);
        _keptBytes += group.PackedBytes;
        return true;
    }

    // Memory of the right size changes hands: fresh pages cost more than the reading.
    void Release(StreamedMatrices old, StreamedMatrices heir)
    {
        foreach (WeightMatrix matrix in old.Matrices) matrix.Keep(null);
        _kept.Remove(old);
        _keptBytes -= old.PackedBytes;
        if (heir.Memory is null && old.PackedBytes == heir.PackedBytes) heir.Memory = old.Memory;
        else old.Memory!.Dispose();
        old.Memory = null;
    }

    static double ScoreAt(StreamedMatrices group, long pass)
    {
        long age = pass - group.ScoredAt;
        return Math.ScaleB(group.Score * s_decay[age % 32], (int)-Math.Min(age / 32, 1000));
    }

    static double[] Decay()
    {
        double step = Math.Sqrt(Math.Sqrt(Math.Sqrt(Math.Sqrt(Math.Sqrt(0.5))))), value = 1;
        double[] decay = new double[32];
        for (int i = 0; i < decay.Length; i++, value *= step) decay[i] = value;
        return decay;
    }

    public void Dispose()
    {
        foreach (StreamedMatrices group in _kept) group.Memory?.Dispose();
        _kept.Clear();
    }
}
