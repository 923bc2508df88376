using FlashMem.Benchmarks.Kernels;
using FlashMem.Benchmarks.OnnxRuntime;

return args switch
{
    ["kernels", .. string[] rest] => KernelBenchmark.Run(rest),
    ["onnxruntime", .. string[] rest] => await ComparisonBenchmark.RunAsync(rest).ConfigureAwait(false),
    [OrtChild.Verb, .. string[] rest] => OrtChild.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: dotnet run --project Benchmarks -c Release -- BENCHMARK
          kernels                       throughput of the host kernels at the zoo's shapes
          onnxruntime [small|large|limited] [--runs N]
                                        FlashMem and ONNX Runtime in turn: latency, start to outputs, peak memory
        """);
    return 2;
}
