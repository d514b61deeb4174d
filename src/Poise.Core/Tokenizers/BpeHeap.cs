using System.Buffers;

namespace Poise.Core.Tokenizers;

/// <summary>Merging of long pieces in n log n time: a heap of (rank, position) over a linked list of symbols. Entries that have gone stale are passed over.</summary>
readonly ref struct BpeHeap(BpeEncoder encoder)
{
    /// <summary>Merges in place; returns how many symbols are left.</summary>
    public int Merge(ReadOnlySpan<byte> piece, Span<int> starts, Span<int> symbols, int count)
    {
        int[] links = ArrayPool<int>.Shared.Rent(2 * count);
        ulong[] numbers = ArrayPool<ulong>.Shared.Rent(4 * count);
        Span<int> previous = links.AsSpan(0, count), next = links.AsSpan(count, count);
        Span<ulong> pairs = numbers.AsSpan(0, count);
        // Every merge takes one entry out and puts at most two in; there are fewer than count merges.
        Span<ulong> heap = numbers.AsSpan(count, 3 * count);
        int size = 0;
        for (int i = 0; i < count; i++)
        {
            (previous[i], next[i]) = (i - 1, i + 1);
            pairs[i] = i + 1 < count ? encoder.Pair(symbols[i], symbols[i + 1], piece[starts[i]..starts[i + 2]]) : MergeTable.None;
            if (pairs[i] != MergeTable.None) heap[size++] = Key(pairs[i], i);
        }
        for (int i = size / 2 - 1; i >= 0; i--) SiftDown(heap[..size], i);
        while (size > 0)
        {
            ulong top = heap[0];
            heap[0] = heap[--size];
            SiftDown(heap[..size], 0);
            int at = (int)(uint)top;
            if (pairs[at] == MergeTable.None || pairs[at] >> 32 != top >> 32) continue;
            int right = next[at];
            symbols[at] = (int)(uint)pairs[at];
            pairs[right] = MergeTable.None;
            int after = next[right];
            next[at] = after;
            if (after < count) previous[after] = at;
            pairs[at] = MergeTable.None;
            if (after < count)
            {
                int end = next[after] < count ? starts[next[after]] : piece.Length;
                Offer(at, encoder.Pair(symbols[at], symbols[after], piece[starts[at]..end]), pairs, heap, ref size);
            }
            if (previous[at] is >= 0 and var left)
            {
                int end = after < count ? starts[after] : piece.Length;
                Offer(left, encoder.Pair(symbols[left], symbols[at], piece[starts[left]..end]), pairs, heap, ref size);
            }
        }
        int kept = 0;
        for (int i = 0; i < count; i = next[i], kept++) (symbols[kept], starts[kept]) = (symbols[i], starts[i]);
        starts[kept] = piece.Length;
        ArrayPool<int>.Shared.Return(links);
        ArrayPool<ulong>.Shared.Return(numbers);
        return kept;
    }

    static ulong Key(ulong pair, int position) => (pair & 0xFFFFFFFF00000000) | (uint)position;

    static void Offer(int position, ulong pair, Span<ulong> pairs, Span<ulong> heap, ref int size)
    {
        pairs[position] = pair;
        if (pair == MergeTable.None) return;
        ulong key = Key(pair, position);
        int i = size++;
        for (; i > 0 && heap[(i - 1) / 2] > key; i = (i - 1) / 2) heap[i] = heap[(i - 1) / 2];
        heap[i] = key;
    }

    static void SiftDown(Span<ulong> heap, int i)
    {
        if (i >= heap.Length) return;
        ulong key = heap[i];
        while (true)
        {
            int child = 2 * i + 1;
            if (child >= heap.Length) break;
            if (child + 1 < heap.Length && heap[child + 1] < heap[child]) child++;
            if (heap[child] >= key) break;
            heap[i] = heap[child];
            i = child;
        }
        heap[i] = key;
    }
}
