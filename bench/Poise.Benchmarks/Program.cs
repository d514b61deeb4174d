using Poise.Benchmarks;

// The only argument parser that a benchmark needs: a name, then what that benchmark takes.
return args switch
{
    ["kernels", .. var rest] => KernelBenchmark.Run(rest),
    ["floats", .. var rest] => FloatBenchmark.Run(rest),
    _ => Help(),
};

static int Help()
{
    Console.Error.WriteLine("usage: Poise.Benchmarks kernels [rounds = 7 [names]]");
    Console.Error.WriteLine("A whole model is measured by `poise bench`.");
    return 2;
}
