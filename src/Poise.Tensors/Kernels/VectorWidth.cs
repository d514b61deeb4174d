namespace Poise.Tensors.Kernels;

/// <summary>The vector instructions that the kernels use on this machine. The width changes the speed and no bit.</summary>
public static class VectorWidth
{
    /// <summary>512, 256 or 128.</summary>
    public static int Bits => RowLanes512.IsSupported && Lanes512.IsSupported ? 512 : RowLanes256.IsSupported && Lanes256.IsSupported ? 256 : 128;
}
