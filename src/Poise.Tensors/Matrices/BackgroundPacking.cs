namespace Poise.Tensors.Matrices;

/// <summary>
/// Packs matrices one after the other on a thread of its own while the model already answers: opening a model then takes no
/// longer than reading its headers, and the first tokens come from the file. Either way the bits are the same.
/// </summary>
public sealed class BackgroundPacking : IDisposable
{
    // Groups that are asked for at once: about 1.5 MB, which a disk reads in one go.
    const int ReadAhead = 64;

    readonly Queue<WeightMatrix> _waiting = new();
    readonly Lock _lock = new();
    readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Thread? _thread;
    bool _complete;
    volatile bool _stop;

    /// <summary>Ends when everything is packed. Fails with what went wrong; answers still come from the file then.</summary>
    public Task Done => _done.Task;

    internal void Add(WeightMatrix matrix)
    {
        matrix.PackLater();
        lock (_lock) _waiting.Enqueue(matrix);
    }

    /// <summary>All matrices are there: starts.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (_complete) return;
            _complete = true;
            if (_waiting.Count == 0)
            {
                _done.TrySetResult();
                return;
            }
        }

        _thread = new Thread(Work) { IsBackground = true, Name = "poise packing", Priority = ThreadPriority.BelowNormal };
        _thread.Start();
    }

    /// <summary>Stops between two pieces, before the matrices go.</summary>
    public void Dispose()
    {
        _stop = true;
        _thread?.Join();
    }

    void Work()
    {
        try
        {
            while (!_stop && _waiting.TryDequeue(out WeightMatrix? matrix))
            {
                using var scratch = new NativeBuffer(matrix.ScratchBytes);
                for (int group = 0; group < matrix.Groups && !_stop; group += ReadAhead) matrix.PackNext(group, ReadAhead, scratch);
            }

            _done.TrySetResult();
        }
        catch (Exception e)
        {
            _done.TrySetException(e);
        }
    }
}
