namespace Poise.Tensors.Threading;

/// <summary>
/// Threads for the hot path. <see cref="For"/> splits a range of independent outputs over the threads (the caller is one of
/// them) and returns when all are done. Workers spin briefly between forks, since a decode step forks some 200 times, and
/// then park. A worker that comes late finds nothing left and is not waited for: on a crowded machine the caller does the
/// work itself instead of waiting for the scheduler. One fork at a time; a pool belongs to one model.
/// </summary>
public sealed class ComputePool : IDisposable
{
    // About 50 microseconds of PAUSE: longer than the gaps between the matrix products of a step, far below a scheduler tick.
    const int SpinRounds = 2000;

    readonly Thread[] _workers;
    // One of each per worker: a shared semaphore would let a worker that is done take the permit of one that is still asleep.
    readonly SemaphoreSlim[] _wake;
    readonly int[] _parked;
    readonly ManualResetEventSlim _done = new(false);
    readonly Lock _one = new();
    Fork? _fork;
    volatile bool _stop;

    /// <summary>Work on the outputs start..end-1. <paramref name="worker"/> is 0..Threads-1, for scratch memory.</summary>
    public delegate void Body(int start, int end, int worker);

    public ComputePool(int threads)
    {
        Threads = threads > 0 ? threads : Environment.ProcessorCount;
        _workers = new Thread[Threads - 1];
        _wake = [.. _workers.Select(_ => new SemaphoreSlim(0))];
        _parked = new int[_workers.Length];
        for (int i = 0; i < _workers.Length; i++)
        {
            int index = i + 1;
            _workers[i] = new Thread(() => Work(index)) { IsBackground = true, Name = $"poise compute {index}" };
            _workers[i].Start();
        }
    }

    public int Threads { get; }

    /// <summary>
    /// Calls <paramref name="body"/> on pieces of 0..count-1, large ones first and the last ones of <paramref name="grain"/>
    /// outputs: long runs through memory, and yet no thread waits long for another at the end.
    /// </summary>
    public void For(int count, int grain, Body body)
    {
        if (count <= 0) return;
        if (Threads == 1 || count <= grain)
        {
            body(0, count, 0);
            return;
        }

        lock (_one)
        {
            var fork = new Fork(body, count, Math.Max(1, grain), Threads);
            _done.Reset();
            Volatile.Write(ref _fork, fork);
            WakeAll();
            fork.Drain(0);
            int spins = 0;
            while (!fork.IsDone)
            {
                if (++spins < SpinRounds * 4) Thread.SpinWait(4);
                else WaitForSignal(fork);
            }

            fork.Body = null;
            if (fork.Failure is { } failure)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    // The signal may be a late one of the fork before: it is taken back, and the caller looks at the count again.
    void WaitForSignal(Fork fork)
    {
        _done.Wait();
        if (!fork.IsDone) _done.Reset();
    }

    void WakeAll()
    {
        for (int i = 0; i < _wake.Length; i++)
            if (Interlocked.Exchange(ref _parked[i], 0) == 1) _wake[i].Release();
    }

    void Work(int worker)
    {
        Fork? seen = null;
        while (true)
        {
            int spins = 0;
            while (Volatile.Read(ref _fork) == seen)
            {
                if (_stop) return;
                if (++spins < SpinRounds)
                {
                    Thread.SpinWait(8);
                    continue;
                }

                // Announce, then look once more: a fork either sees the announcement (and owes a permit) or is seen here.
                Interlocked.Exchange(ref _parked[worker - 1], 1);
                if ((Volatile.Read(ref _fork) == seen && !_stop) || Interlocked.Exchange(ref _parked[worker - 1], 0) == 0)
                    _wake[worker - 1].Wait();
            }

            seen = Volatile.Read(ref _fork);
            if (seen!.Drain(worker)) _done.Set();
        }
    }

    public void Dispose()
    {
        if (_stop) return;
        _stop = true;
        WakeAll();
        foreach (Thread worker in _workers) worker.Join();
        foreach (SemaphoreSlim wake in _wake) wake.Dispose();
        _done.Dispose();
    }

    /// <summary>One call of <see cref="For"/>: outputs are claimed piece by piece, and counted when they are there.</summary>
    sealed class Fork(Body body, int count, int grain, int threads)
    {
        int _next, _finished;
        volatile Exception? _failure;

        /// <summary>Null once all is done, so that what it holds on to can go.</summary>
        public Body? Body { get; set; } = body;

        public Exception? Failure => _failure;

        public bool IsDone => Volatile.Read(ref _finished) == count;

        // A third of a thread's share of what is left.
        (int Start, int End) Claim()
        {
            int start = Volatile.Read(ref _next);
            while (true)
            {
                int rest = count - start;
                if (rest <= 0) return (count, count);
                int end = start + Math.Min(rest, Math.Max(grain, rest / (threads * 3)));
                int seen = Interlocked.CompareExchange(ref _next, end, start);
                if (seen == start) return (start, end);
                start = seen;
            }
        }

        /// <summary>Works until nothing is left to claim; true if the last output was finished here.</summary>
        public bool Drain(int worker)
        {
            bool last = false;
            while (true)
            {
                (int start, int end) = Claim();
                if (start == end) return last;
                try
                {
                    Body!(start, end, worker);
                }
                catch (Exception e)
                {
                    // Nobody claims what is left; it counts as finished.
                    _failure = e;
                    int rest = Interlocked.Exchange(ref _next, count);
                    if (rest < count) Interlocked.Add(ref _finished, count - rest);
                }

                last = Interlocked.Add(ref _finished, end - start) == count;
            }
        }
    }
}
