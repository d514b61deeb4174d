namespace Poise.Core.Training.Data;

/// <summary>A file of a data set.</summary>
/// <param name="Shape">What it was recognised as, for people.</param>
/// <param name="Sha256">Of its bytes, lower-case hexadecimal.</param>
public sealed record DataFile(string Path, string Shape, long Bytes, string Sha256, int Records);

/// <summary>A data set as tokens: samples, or pairs where it is one of preferences, in the order of the files.</summary>
public sealed class Dataset
{
    internal Dataset(IReadOnlyList<TrainingSample> samples, IReadOnlyList<PreferencePair> pairs, IReadOnlyList<DataFile> files, string sha256)
    {
        Samples = samples;
        Pairs = pairs;
        Files = files;
        Sha256 = sha256;
    }

    public IReadOnlyList<TrainingSample> Samples { get; }

    public IReadOnlyList<PreferencePair> Pairs { get; }

    public IReadOnlyList<DataFile> Files { get; }

    /// <summary>Of the bytes of all files, one after another; of one file it is the file's own.</summary>
    public string Sha256 { get; }

    /// <summary>All token sequences: the samples, or of each pair the preferred and then the rejected one.</summary>
    public IEnumerable<TrainingSample> Sequences => Samples.Concat(Pairs.SelectMany(pair => (TrainingSample[])[pair.Chosen, pair.Rejected]));
}
