using Poise.Tensors.Threading;

namespace Poise.Tests.Kernels;

/// <summary>Every output once, whatever the number of threads; failures reach the caller and leave the pool usable.</summary>
public class ComputePoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void EveryOutputIsDoneOnce(int threads)
    {
        using var pool = new ComputePool(threads);
        var random = new Random(threads);
        int[] done = new int[5000];
        // More threads than cores: every fork waits for the scheduler.
        int forks = threads > Environment.ProcessorCount ? 300 : 10_000;
        for (int fork = 0; fork < forks; fork++)
        {
            int count = fork % 100 == 0 ? random.Next(done.Length) : random.Next(64), grain = random.Next(1, 20);
            Array.Clear(done, 0, count);
            pool.For(count, grain, (start, end, worker) =>
            {
                if ((uint)worker >= (uint)threads || start >= end) throw new InvalidOperationException();
                for (int i = start; i < end; i++) Interlocked.Increment(ref done[i]);
            });
            Assert.DoesNotContain(done.Take(count), n => n != 1);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ParkedThreadsWakeAgain(int threads)
    {
        using var pool = new ComputePool(threads);
        for (int round = 0; round < 30; round++)
        {
            long sum = 0;
            pool.For(100, 1, (start, end, _) =>
            {
                for (int i = start; i < end; i++) Interlocked.Add(ref sum, i);
            });
            Assert.Equal(4950, sum);
            // Long enough that the workers have stopped spinning.
            Thread.Sleep(5);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ExceptionsReachTheCaller(int threads)
    {
        using var pool = new ComputePool(threads);
        for (int round = 0; round < 100; round++)
        {
            int bad = round % 50;
            ArgumentException e = Assert.Throws<ArgumentException>(() => pool.For(50, 1, (start, end, _) =>
            {
                if (start <= bad && bad < end) throw new ArgumentException("wanted");
            }));
            Assert.Equal("wanted", e.Message);
            int after = 0;
            pool.For(50, 3, (start, end, _) => Interlocked.Add(ref after, end - start));
            Assert.Equal(50, after);
        }
    }

    [Fact]
    public void NothingToDoAndDisposedTwice()
    {
        var pool = new ComputePool(3);
        pool.For(0, 1, (_, _, _) => throw new InvalidOperationException());
        pool.For(-1, 1, (_, _, _) => throw new InvalidOperationException());
        pool.Dispose();
        pool.Dispose();
    }

    [Fact]
    public void ZeroThreadsIsOnePerProcessor()
    {
        using var pool = new ComputePool(0);
        Assert.Equal(Environment.ProcessorCount, pool.Threads);
    }
}
