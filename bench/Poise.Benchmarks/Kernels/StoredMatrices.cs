using Poise.Core.Library;
using Poise.Tensors;
using Poise.Tensors.Formats;
using Poise.Tensors.Matrices;
using Poise.Tensors.Quantization;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Kernels;

/// <summary>Random matrices of one type in a GGUF file of their own, read as the engine reads a model: scales are those of models, and pages come from a mapped file.</summary>
sealed class StoredMatrices : IDisposable
{
    public const int Rows = 2880, Columns = 2816;

    readonly string _folder = Directory.CreateTempSubdirectory("poise-bench-").FullName;
    readonly GgufFile _file;
    readonly int _stored;

    /// <param name="stored">Matrices in the file.</param>
    public StoredMatrices(TensorType type, int stored)
    {
        _stored = stored;
        string path = Path.Combine(_folder, "matrices.gguf");
        var tensor = SyntheticTensor.Weight("w", type, [(long)stored * Rows, Columns], Columns);
        var stream = new SyntheticStream(1, 0, null, CancellationToken.None);
        var writer = new GgufWriter();
        writer.AddTensor(tensor.Name, tensor.StoredType, tensor.Shape, output => stream.Write(tensor, output));
        writer.Write(path);
        _file = GgufFile.Open(path);
    }

    public static long BytesOf(TensorType type) => BlockFormats.Get(type).RowBytes(Columns) * Rows;

    /// <summary>The matrix of a number, as the engine would hold it.</summary>
    public WeightMatrix Load(ComputePool pool, int number) =>
        new MatrixLoader(pool, int8: true, packed: true).Load(Source(number));

    /// <summary>The matrix of a number as it lies in the file.</summary>
    public MatrixSource Source(int number) => MatrixSource.FromTensor(_file.Get("w"), Rows, Columns, (long)(number % _stored) * Rows);

    public void Dispose()
    {
        _file.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
