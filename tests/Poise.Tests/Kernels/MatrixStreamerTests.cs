using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;
using Poise.Tensors.Threading;
using Poise.Tests.Support;

namespace Poise.Tests.Kernels;

public sealed class MatrixStreamerTests
{
    const int Experts = 32, Layers = 3;

    [Fact]
    public void WhatIsUsedMostStays()
    {
        using var set = new ExpertSet(room: 0.25);
        var random = new Random(1);
        for (int step = 0; step < 400; step++)
        {
            // Four of the layer's experts are used in three of four passes, as those of one language are.
            for (int layer = 0; layer < Layers; layer++)
                set.Use(layer, random.Next(4) == 0 ? random.Next(4, Experts) : random.Next(4));
        }

        for (int layer = 0; layer < Layers; layer++)
            for (int e = 0; e < 4; e++) Assert.True(set[layer, e].IsKept, $"expert {e} of layer {layer} went");
    }

    [Fact]
    public void OtherExpertsTakeOver()
    {
        using var set = new ExpertSet(room: 0.25);
        for (int step = 0; step < 100; step++)
            for (int e = 0; e < 8; e++) set.Use(0, e);
        for (int step = 0; step < 100; step++)
            for (int e = 16; e < 40; e++) set.Use(e % Layers, e % Experts);
        int kept = Enumerable.Range(0, 8).Count(e => set[0, e].IsKept);
        Assert.InRange(kept, 0, 5);
    }

    [Fact]
    public void AScanOfAllKeepsWhatFits()
    {
        using var set = new ExpertSet(room: 0.5);
        int[] all = [.. Enumerable.Range(0, Experts)];
        for (int step = 0; step < 10; step++)
            for (int layer = 0; layer < Layers; layer++) set.Use(layer, all);
        StreamingStatistics before = set.Streamer.Statistics;
        for (int layer = 0; layer < Layers; layer++) set.Use(layer, all);
        StreamingStatistics after = set.Streamer.Statistics;
        Assert.Equal(Layers * Experts / 2, after.Kept);
        // Least recently used would find nothing.
        Assert.Equal(Layers * Experts / 2, after.Hits - before.Hits);
    }

    [Fact]
    public void NothingOfOnePassMakesRoomForAnother()
    {
        using var set = new ExpertSet(room: 3.5 / (Experts * Layers));
        set.Use(0, 0, 1, 2, 3, 4);
        Assert.Equal(3, set.Streamer.Statistics.Kept);
        set.Use(1, 5, 6, 7, 8);
        Assert.InRange(set.Streamer.Statistics.KeptBytes, 0, set.Streamer.Budget);
    }

    sealed class ExpertSet : IDisposable
    {
        readonly TemporaryFolder _folder = new();
        readonly Checkpoint _checkpoint;
        readonly ComputePool _pool = new(2);
        readonly List<WeightMatrix> _matrices = [];
        readonly StreamedMatrices[,] _experts = new StreamedMatrices[Layers, Experts];

        public ExpertSet(double room)
        {
            const int Rows = 48, Columns = 64;
            string path = _folder.File("experts.gguf");
            byte[] bytes = new byte[Layers * Experts * Rows * Columns / 32 * 17];
            Array.Fill(bytes, (byte)120);
            var writer = new GgufWriter();
            writer.AddTensor("experts", TensorType.MXFP4, [Layers * Experts * Rows, Columns], stream => stream.Write(bytes));
            writer.Write(path);
            _checkpoint = GgufFile.Open(path);
            var loader = new MatrixLoader(_pool, int8: true, packed: false);
            long all = 0;
            for (int i = 0; i < Layers * Experts; i++)
            {
                _matrices.Add(loader.Load(MatrixSource.FromTensor(_checkpoint.Get("experts"), Rows, Columns, (long)i * Rows)));
                all += _matrices[^1].PackedBytes;
            }

            Streamer = new MatrixStreamer(_pool, (long)(all * room));
            for (int i = 0; i < Layers * Experts; i++) _experts[i / Experts, i % Experts] = Streamer.Add([_matrices[i]], i / Experts);
        }

        public MatrixStreamer Streamer { get; }

        public StreamedMatrices this[int layer, int expert] => _experts[layer, expert];

        public void Use(int layer, params int[] experts) => Streamer.Use(layer, Array.ConvertAll(experts, e => _experts[layer, e]));

        public void Dispose()
        {
            foreach (WeightMatrix matrix in _matrices) matrix.Dispose();
            Streamer.Dispose();
            _pool.Dispose();
            _checkpoint.Dispose();
            _folder.Dispose();
        }
    }
}
