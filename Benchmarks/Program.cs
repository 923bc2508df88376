using FlashMem.Benchmarks.Kernels;
using FlashMem.Benchmarks.OnnxRuntime;
using FlashMem.Benchmarks.Simulator;

return args switch
{
    ["kernels", .. string[] rest] => KernelBenchmark.Run(rest),
    ["opencl-kernels", .. string[] rest] => await OpenClKernelBenchmark.RunAsync(rest).ConfigureAwait(false),
    ["simulator"] => SimulatorBenchmark.Run(),
    ["onnxruntime", .. string[] rest] => await ComparisonBenchmark.RunAsync(rest).ConfigureAwait(false),
    [OrtChild.Verb, .. string[] rest] => OrtChild.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: dotnet run --project Benchmarks -c Release -- BENCHMARK
          kernels                       throughput of the host kernels at the zoo's shapes
          opencl-kernels [FILTER [INTERLEAVE [gpu]]]
                                        throughput of the first OpenCL device's matrix kernels at the same shapes
          simulator                     rate of the simulator's events; the Pixel 4's curves simulated beside those measured
          onnxruntime [small|large|limited] [--runs N]
                                        FlashMem and ONNX Runtime in turn: latency, start to outputs, peak memory
        """);
    return 2;
}
