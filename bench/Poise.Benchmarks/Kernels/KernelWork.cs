namespace Poise.Benchmarks.Kernels;

/// <summary>What one run of a kernel moves and computes.</summary>
/// <param name="Bytes">That it must read from where they lie: weights, keys and values; for the small kernels what they read and write.</param>
/// <param name="MultiplyAdds">0 where arithmetic of that kind is not its business.</param>
sealed record KernelWork(double Bytes, double MultiplyAdds, Action Run);
