using System.Text;

namespace Poise.Core.Generation;

/// <summary>
/// Finds stop strings in a text that comes in pieces, cut anywhere. Gives out text as soon as no stop string can begin in it
/// any more. The stop string that is complete first ends the text; of several that end together, the longest. What is found
/// does not depend on the cuts. Comparison is by UTF-16 units, without case folding or normalisation.
/// </summary>
public sealed class StopStringMatcher
{
    readonly string[] _stops;

    // Knuth, Morris and Pratt: _borders[s][n] is the longest proper border of the first n units of stop string s.
    readonly int[][] _borders;

    // How much of each stop string the text ends with.
    readonly int[] _matched;
    readonly StringBuilder _held = new();

    /// <summary>Throws a <see cref="Poise.Tensors.PoiseException"/> where there are too many stop strings, or an empty or too long one.</summary>
    public StopStringMatcher(IReadOnlyList<string> stops)
    {
        GenerationRules.CheckStopStrings(stops);
        _stops = [.. stops];
        _borders = [.. _stops.Select(Borders)];
        _matched = new int[_stops.Length];
    }

    /// <summary>The stop string that ended the text, or null. Nothing comes out after it.</summary>
    public string? Match { get; private set; }

    /// <summary>Takes the next piece; returns what can be shown now, which may be empty.</summary>
    public string Append(string piece)
    {
        if (Match is not null) return "";
        if (_stops.Length == 0) return piece;
        foreach (char unit in piece)
        {
            _held.Append(unit);
            Step(unit);
            if (Match is not null)
            {
                string before = _held.ToString(0, _held.Length - Match.Length);
                _held.Clear();
                return before;
            }
        }

        return Release(_held.Length - _matched.Max());
    }

    /// <summary>The text has ended: what was held back is no stop string.</summary>
    public string Flush()
    {
        Array.Clear(_matched);
        return Release(_held.Length);
    }

    void Step(char unit)
    {
        for (int s = 0; s < _stops.Length; s++)
        {
            string stop = _stops[s];
            int n = _matched[s];
            while (n > 0 && stop[n] != unit) n = _borders[s][n];
            if (stop[n] == unit) n++;
            _matched[s] = n;
            if (n == stop.Length && !(Match?.Length >= n)) Match = stop;
        }
    }

    string Release(int count)
    {
        string text = _held.ToString(0, count);
        _held.Remove(0, count);
        return text;
    }

    static int[] Borders(string stop)
    {
        int[] borders = new int[stop.Length + 1];
        for (int i = 1, n = 0; i < stop.Length; i++)
        {
            while (n > 0 && stop[n] != stop[i]) n = borders[n];
            if (stop[n] == stop[i]) n++;
            borders[i + 1] = n;
        }
        return borders;
    }
}
