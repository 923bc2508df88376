using FlashMem.Benchmarks.Kernels;
using FlashMem.Benchmarks.OnnxRuntime;
using FlashMem.Benchmarks.OpenCl;
using FlashMem.Benchmarks.Planners;
using FlashMem.Benchmarks.Queues;
using FlashMem.Benchmarks.Simulator;

return args switch
{
    ["kernels", .. string[] rest] => KernelBenchmark.Run(rest),
    ["opencl-kernels", .. string[] rest] => await OpenClKernelBenchmark.RunAsync(rest).ConfigureAwait(false),
    ["simulator", .. string[] rest] => SimulatorBenchmark.Run(rest),
    ["calibration", .. string[] rest] => CalibrationBenchmark.Run(rest),
    ["planners", .. string[] rest] => PlannersBenchmark.Run(rest),
    ["planner-policies", .. string[] rest] => await PlannerPoliciesBenchmark.RunAsync(rest).ConfigureAwait(false),
    ["ablation", .. string[] rest] => await AblationBenchmark.RunAsync(rest).ConfigureAwait(false),
    ["queue", .. string[] rest] => await QueueBenchmark.RunAsync(rest).ConfigureAwait(false),
    ["onnxruntime", .. string[] rest] => await ComparisonBenchmark.RunAsync(rest).ConfigureAwait(false),
    ["opencl", .. string[] rest] => OpenClBenchmark.Run(rest),
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
          simulator [FOLDER]            rate of the simulator's events; the Pixel 4's curves simulated beside those measured; load
                                        capacities of kernels; pictures in FOLDER
          calibration [--only MODEL]    the simulated OnePlus 12 beside the FlashMem paper: latency and memory of three frameworks
          planners [--only MODEL] [--budget SIZE]
                                        every planner on every model: predicted run, proved gap, planning time
          planner-policies [--only MODEL] [--budget SIZE]
                                        every policy on every model, simulated: latency with its bound, mean memory
          ablation [--only MODEL] [--budget SIZE] [--device D] [--set KEY=VALUE]
                                        the planner alone, with moves inside kernels, with adaptive fusion, simulated
          queue [--device D] [--budget SIZE] [--iterations N] [FOLDER]
                                        a queue of five models in random order under one budget, beside models loaded whole one by
                                        one; a picture in FOLDER
          opencl [--runs N] [--iterations N] [--only MODEL] [--mnn FOLDER]
                                        PoCL: start to first result, latency and peak memory beside MNN, in turn where FOLDER has it
          onnxruntime [small|large|limited] [--runs N]
                                        FlashMem and ONNX Runtime in turn: latency, start to outputs, peak memory
        """);
    return 2;
}
