namespace Poise.Benchmarks.Roofline;

/// <summary>A rectangle of the picture, in its own units, y downwards.</summary>
readonly record struct Box(double X, double Y, double Width, double Height)
{
    public double CenterX => X + Width / 2;

    public double CenterY => Y + Height / 2;

    public bool Overlaps(Box other) => X < other.X + other.Width && other.X < X + Width && Y < other.Y + other.Height && other.Y < Y + Height;

    public bool Inside(Box other) => X >= other.X && Y >= other.Y && X + Width <= other.X + other.Width && Y + Height <= other.Y + other.Height;

    public static Box Around(double x, double y, double width, double height) => new(x - width / 2, y - height / 2, width, height);
}
