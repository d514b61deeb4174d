namespace Poise.Tensors.Quantization;

/// <summary>The numbers that a code of a format without minima can stand for, before the scale.</summary>
interface ICodebook
{
    static abstract float Low { get; }

    static abstract float High { get; }

    /// <summary>How finely the encoder varies the number that a block's peak is given.</summary>
    static abstract float Step { get; }

    /// <summary>The number nearest to <paramref name="x"/>.</summary>
    static abstract float Nearest(float x);
}
