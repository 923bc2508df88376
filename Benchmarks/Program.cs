using FlashMem.Benchmarks.Kernels;

if (args is ["kernels", ..])
{
    return KernelBenchmark.Run(args[1..]);
}

Console.Error.WriteLine("usage: FlashMem.Benchmarks kernels [FILTER]");
return 2;
