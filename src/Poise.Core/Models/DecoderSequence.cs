using Poise.Tensors.Cache;

namespace Poise.Core.Models;

/// <summary>One table of pages per group of layers; pages are taken as tokens come, and windowed groups let go of theirs.</summary>
sealed class DecoderSequence : Sequence
{
    readonly CacheGroups _groups;
    readonly KeyValueTable[] _tables;
    readonly KeyValuePagePool? _own;
    readonly int _capacity;
    int _length;

    /// <param name="pool">Where pages come from; null gives the sequence a pool of its own.</param>
    public DecoderSequence(CacheGroups groups, int context, KeyValuePagePool? pool)
    {
        _groups = groups;
        _capacity = context;
        if (pool is null) pool = _own = new KeyValuePagePool(groups.Layouts, long.MaxValue);
        _tables = [.. Enumerable.Range(0, groups.Count).Select(group => new KeyValueTable(pool, group))];
    }

    public override int Length => _length;

    public override int Capacity => _capacity;

    public IReadOnlyList<KeyValueTable> Tables => _tables;

    /// <summary>Lets go of the pages that no later token sees, and makes room for tokens after the held ones; false when there is none.</summary>
    public bool TryPrepare(int tokens)
    {
        bool enough = true;
        for (int group = 0; group < _tables.Length; group++)
        {
            _tables[group].Forget(_groups.FirstVisible(group, _length));
            enough &= _tables[group].TryExtend(_length + tokens);
        }

        return enough;
    }

    /// <summary>The tokens are written: the next one comes after them.</summary>
    public void Advance(int tokens) => _length += tokens;

    /// <summary>
    /// Takes the last tokens back, as if they had never come. Their pages stay until <see cref="Trim"/>, and <see cref="Advance"/>
    /// may bring them back. Not further than the last <see cref="TryPrepare"/> began: windowed groups forget before that.
    /// </summary>
    public void TakeBack(int tokens)
    {
        int length = _length - tokens;
        for (int group = 0; group < _tables.Length; group++)
            if (length < 0 || _tables[group].FirstPage > _groups.FirstVisible(group, length) / KeyValueLayout.Positions)
                throw new InvalidOperationException($"{tokens} of {_length} tokens cannot be taken back: what they saw is gone.");
        _length = length;
    }

    /// <summary>Lets go of pages that the held tokens and so many more do not need.</summary>
    public void Trim(int tokens)
    {
        foreach (KeyValueTable table in _tables) table.Trim(_length + tokens);
    }

    /// <summary>Begins with <paramref name="tokens"/> tokens, whole pages, that another sequence has computed.</summary>
    /// <param name="pages">For each group its pages from the first that a later token sees up to the last.</param>
    public void Adopt(int tokens, IReadOnlyList<IReadOnlyList<KeyValuePage>> pages)
    {
        for (int group = 0; group < _tables.Length; group++)
            _tables[group].Adopt(_groups.FirstVisible(group, tokens) / KeyValueLayout.Positions, pages[group]);
        _length = tokens;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (KeyValueTable table in _tables) table.Dispose();
        _own?.Dispose();
    }
}
