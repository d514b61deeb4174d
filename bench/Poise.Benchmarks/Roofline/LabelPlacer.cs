namespace Poise.Benchmarks.Roofline;

/// <summary>Finds a free place for each label near its point: the closest of some rings around it that touches no other label and no point.</summary>
sealed class LabelPlacer(Box area, double fontSize)
{
    const double Gap = 1.5;
    const int Directions = 24, Rings = 40;

    readonly List<Box> _taken = [];

    /// <summary>Something that no label may cover.</summary>
    public void Keep(Box box) => _taken.Add(box);

    public Box Size(string text) => new(0, 0, text.Length * fontSize * 0.6 + 2 * Gap, fontSize + 2 * Gap);

    /// <summary>The label's box, or null where all rings are full.</summary>
    public Box? Place(string text, double x, double y)
    {
        Box size = Size(text);
        for (int ring = 0; ring < Rings; ring++)
            for (int direction = 0; direction < Directions; direction++)
            {
                // Above first, then alternately to both sides.
                double angle = -Math.PI / 2 + (direction % 2 == 0 ? 1 : -1) * ((direction + 1) / 2) * (2 * Math.PI / Directions);
                double distance = 5 + 4 * ring;
                // The box, not its centre, keeps the distance: a long label moves out sideways.
                Box box = Box.Around(x + Math.Cos(angle) * (distance + size.Width / 2), y + Math.Sin(angle) * (distance + size.Height / 2), size.Width, size.Height);
                if (!box.Inside(area) || _taken.Any(box.Overlaps)) continue;
                _taken.Add(box);
                return box;
            }
        return null;
    }
}
