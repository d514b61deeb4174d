namespace Poise.Benchmarks.Kernels;

/// <summary>A kernel with its data in place, ready to be run at any of its sizes.</summary>
interface IKernelBench : IDisposable
{
    KernelWork Work(int size);
}
