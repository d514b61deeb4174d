namespace Poise.Tests.Generation;

/// <summary>Seeded rows of logits of many shapes: as models give them, and as they try a sampler.</summary>
static class SampleLogits
{
    public enum Shape
    {
        Normal,
        Peaked,
        Wide,
        Ties,
        AllEqual,
        NearlyEqual,
        Huge,
        Tiny,
        Zeros,
    }

    public static float[] Next(Random random, int size) => Next(random, size, (Shape)random.Next(9));

    public static float[] Next(Random random, int size, Shape shape)
    {
        float[] logits = [.. Enumerable.Range(0, size).Select(_ => Value(random, shape))];
        if (random.Next(3) == 0)
            for (int n = random.Next(size); n > 0; n--) logits[random.Next(size)] = float.NegativeInfinity;
        // At least one token is possible.
        logits[random.Next(size)] = Value(random, shape);
        return logits;
    }

    static float Value(Random random, Shape shape)
    {
        double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return shape switch
        {
            Shape.Normal => (float)(normal * 3),
            Shape.Peaked => (float)(normal + (random.Next(50) == 0 ? 12 : 0)),
            Shape.Wide => (float)(normal * 40),
            Shape.Ties => random.Next(-3, 4),
            Shape.AllEqual => -2.5f,
            Shape.NearlyEqual => 1 + random.Next(4) * 1.1920929e-7f,
            Shape.Huge => (float)(normal * 5e37),
            Shape.Tiny => random.Next(-5, 6) * float.Epsilon,
            _ => random.Next(2) == 0 ? 0f : -0f,
        };
    }
}
