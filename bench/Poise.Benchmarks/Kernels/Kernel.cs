using Poise.Benchmarks.Limits;
using Poise.Tensors.Threading;

namespace Poise.Benchmarks.Kernels;

/// <summary>A row of the table of kernels.</summary>
/// <param name="Unit">What a size counts.</param>
/// <param name="Compute">The arithmetic limit that it is held against, or null for those that only move.</param>
/// <param name="FromMemory">Whether its bytes come from memory; else they stay in the caches, and bandwidth is no limit that is known.</param>
sealed record Kernel(string Name, string Unit, int[] Sizes, LimitKind? Compute, bool FromMemory, Func<ComputePool, IKernelBench> Prepare);
