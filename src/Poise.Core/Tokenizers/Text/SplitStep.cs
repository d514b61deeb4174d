namespace Poise.Core.Tokenizers.Text;

/// <summary>What becomes of the parts that a pattern matches.</summary>
enum SplitBehavior { Isolated, Removed, MergedWithPrevious, MergedWithNext, Contiguous }

/// <summary>One cut of the pre-tokeniser. With <paramref name="invert"/> matches and gaps change places.</summary>
sealed class SplitStep(SplitPattern pattern, SplitBehavior behavior = SplitBehavior.Isolated, bool invert = false)
{
    readonly bool _scansAscii = pattern.HasAsciiScanner && behavior == SplitBehavior.Isolated;

    /// <summary>Walks over the pieces of <paramref name="text"/>.</summary>
    public ref struct Pieces(SplitStep step, ReadOnlySpan<byte> text)
    {
        readonly ReadOnlySpan<byte> _text = text;
        int _position;
        int _matchStart = -1;
        int _matchEnd;
        // The start of a piece that is held back because the next part may join it; -1 for none.
        int _held = -1;
        bool _heldIsMatch;
        int _heldEnd;

        /// <summary>The next piece, not empty; false at the end.</summary>
        public bool Next(out int start, out int end)
        {
            if (step._scansAscii && _position < _text.Length)
            {
                start = _position;
                end = AsciiWordScanner.Match(_text, start);
                if (end > start)
                {
                    _position = end;
                    return true;
                }
            }
            return step.NextPiece(ref this, out start, out end);
        }

        internal bool NextPart(SplitPattern pattern, out int start, out int end, out bool match)
        {
            (start, end, match) = (_position, _position, false);
            if (_position >= _text.Length) return false;
            if (_matchStart < _position) (_matchStart, _matchEnd) = pattern.Find(_text, _position);
            match = _matchStart == _position;
            end = _position = match ? _matchEnd : _matchStart;
            return true;
        }

        internal bool Take(out int start, out int end)
        {
            (start, end) = (_held, _heldEnd);
            _held = -1;
            return start >= 0;
        }

        internal void Hold(int start, int end, bool match) => (_held, _heldEnd, _heldIsMatch) = (start, end, match);

        internal readonly bool Holds => _held >= 0;

        internal readonly bool HoldsMatch => _heldIsMatch;

        internal void Extend(int end, bool match) => (_heldEnd, _heldIsMatch) = (end, match);
    }

    public Pieces Split(ReadOnlySpan<byte> text) => new(this, text);

    bool NextPiece(ref Pieces pieces, out int start, out int end)
    {
        while (pieces.NextPart(pattern, out start, out end, out bool match))
        {
            match ^= invert;
            switch (behavior)
            {
                case SplitBehavior.Isolated: return true;
                case SplitBehavior.Removed:
                    if (!match) return true;
                    continue;
            }
            bool joins = pieces.Holds && behavior switch
            {
                SplitBehavior.MergedWithPrevious => match && !pieces.HoldsMatch,
                SplitBehavior.MergedWithNext => !match && pieces.HoldsMatch,
                _ => match == pieces.HoldsMatch,
            };
            if (joins)
            {
                pieces.Extend(end, match);
                continue;
            }
            bool had = pieces.Take(out int heldStart, out int heldEnd);
            pieces.Hold(start, end, match);
            if (!had) continue;
            (start, end) = (heldStart, heldEnd);
            return true;
        }
        return pieces.Take(out start, out end);
    }
}
