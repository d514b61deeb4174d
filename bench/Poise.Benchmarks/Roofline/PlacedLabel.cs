namespace Poise.Benchmarks.Roofline;

/// <summary>A label, where it stands and the point it speaks of.</summary>
/// <param name="Style">Class of the picture's style sheet.</param>
sealed record PlacedLabel(string Text, Box Box, double PointX, double PointY, string Style)
{
    /// <summary>Far labels get a line to their point.</summary>
    public bool NeedsLine => Math.Abs(Box.CenterX - PointX) > Box.Width / 2 + 9 || Math.Abs(Box.CenterY - PointY) > Box.Height / 2 + 9;
}
