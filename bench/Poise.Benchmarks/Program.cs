using Poise.Benchmarks;

// The only argument parser that a benchmark needs: a name, then what that benchmark takes.
return args switch
{
    ["model", var path, .. var rest] => ModelBenchmark.Run(path, rest),
    ["kernels", .. var rest] => KernelBenchmark.Run(rest),
    _ => Help(),
};

static int Help()
{
    Console.Error.WriteLine("usage: Poise.Benchmarks kernels [rounds = 7]");
    Console.Error.WriteLine("       Poise.Benchmarks model MODEL [prompt tokens = 256] [decode tokens = 24] [threads = 2] [rounds = 3] [auto|packed|mapped]");
    return 2;
}
