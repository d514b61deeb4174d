using Poise.Core.Generation;

namespace Poise.Tests.Engine;

/// <summary>Lets a sequence say the same few tokens again and again, except that now and then it may choose between some.</summary>
sealed class LoopMask(int[] loop, int freeEvery) : ITokenMask
{
    int _count;

    public bool TryFill(Span<ulong> allowed)
    {
        Allow(allowed, loop[_count % loop.Length]);
        if (freeEvery > 0 && _count % freeEvery == freeEvery - 1)
            foreach (int id in loop) Allow(allowed, id);
        return true;
    }

    public void Accept(int id) => _count++;

    static void Allow(Span<ulong> allowed, int id) => allowed[id / 64] |= 1UL << (id % 64);
}
