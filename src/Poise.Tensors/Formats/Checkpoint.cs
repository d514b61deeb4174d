namespace Poise.Tensors.Formats;

/// <summary>Named tensors in one or several mapped files. Disposing unmaps them.</summary>
public abstract class Checkpoint : IDisposable
{
    /// <summary>In file order.</summary>
    public abstract IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>The path that was opened, for messages.</summary>
    public abstract string Path { get; }

    public abstract StoredTensor? Find(string name);

    public StoredTensor Get(string name) => Find(name) ?? throw new ModelFileException(Path, name, "this tensor is missing");

    public bool Has(string name) => Find(name) is not null;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
