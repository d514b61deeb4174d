using Poise.Tensors;

namespace Poise.Tests.Training.Graph;

public sealed class BufferPoolTests
{
    [Fact]
    public void WhatLiesIdleServesForLess()
    {
        using var pool = new BufferPool();
        FloatRows large = pool.Rent(1000, 10);
        long bytes = pool.Bytes;
        pool.Return(large);
        FloatRows less = pool.Rent(600, 10);
        Assert.Equal((600, 10, bytes), (less.Rows, less.Columns, pool.Bytes));
        // Far less would waste it.
        FloatRows little = pool.Rent(10, 10);
        Assert.True(pool.Bytes > bytes);
        pool.Return(less);
        pool.Return(little);
        bytes = pool.Bytes;
        // Row counts that differ from step to step come to no more than the largest step.
        for (int step = 0; step < 50; step++)
        {
            FloatRows[] rows = [pool.Rent(700 + 5 * step, 10), pool.Rent(10, 7)];
            foreach (FloatRows lent in rows) pool.Return(lent);
        }

        Assert.Equal(bytes, pool.Bytes);
        Assert.Throws<InvalidOperationException>(() => pool.Return(little));
    }
}
