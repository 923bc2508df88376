using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host;
using FlashMem.Backends.Host.Attention;
using FlashMem.Backends.Host.Conv;
using FlashMem.Backends.Host.MatMul;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Benchmarks.Kernels;

/// <summary>
/// Throughput of the host's matrix kernels on the shapes of real networks: median, best and spread of single runs after the first, the
/// first run itself, which pays for the JIT, and the rate per second of processor time, which other load on the machine disturbs less
/// than the wall clock.
/// </summary>
internal static class KernelBenchmark
{
    private const int FewestRuns = 7;
    private const int MostRuns = 2000;
    private const double SecondsPerKernel = 0.4;
    private const int ChunkBytes = 1 << 20;

    /// <summary>
    /// Arguments: [FILTER [WORKERS]]. Measures the cases whose group or name contains the filter (all without one) on as many workers
    /// (default: one per processor). Returns the exit code.
    /// </summary>
    public static int Run(string[] args)
    {
        string filter = args.Length > 0 ? args[0] : "";
        int count = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Environment.ProcessorCount;
        using var workers = new WorkerPool(count);
        Console.WriteLine($"{workers.Count} workers");
        Console.WriteLine(
            $"{"group",-14} {"kernel",-62} {"GFLOPS",8} {"best",8} {"+-%",6} {"ms",9} {"first ms",9} {"GF/cpu-s",9}");
        foreach (KernelCase item in KernelCases.All())
        {
            if (item.Name.Contains(filter, StringComparison.Ordinal) || item.Group.Contains(filter, StringComparison.Ordinal))
            {
                Measure(item, workers);
            }
        }

        return 0;
    }

    private static void Measure(KernelCase item, WorkerPool workers)
    {
        var memory = new List<NativeBlock>();
        IHostKernel kernel = item.Desc switch
        {
            MatMulKernel desc => HostMatMul.Compile(desc),
            ConvKernel desc => HostConv.Compile(desc),
            AttentionKernel desc => HostAttention.Compile(desc),
            _ => throw new ArgumentException(item.Name),
        };
        DispatchCommand command = Bind(kernel, memory);
        long start = Stopwatch.GetTimestamp();
        kernel.Run(command, workers);
        double first = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var seconds = new List<double>();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long begin = Stopwatch.GetTimestamp();
        while (seconds.Count < FewestRuns
            || (seconds.Count < MostRuns && Stopwatch.GetElapsedTime(begin).TotalSeconds < SecondsPerKernel))
        {
            start = Stopwatch.GetTimestamp();
            kernel.Run(command, workers);
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        double perProcessorSecond = item.Flops * seconds.Count / (Environment.CpuUsage.TotalTime - processor).TotalSeconds;
        seconds.Sort();
        double median = seconds[seconds.Count / 2];
        double noise = 50 * (seconds[seconds.Count * 3 / 4] - seconds[seconds.Count / 4]) / median;
        Console.WriteLine(
            $"{item.Group,-14} {item.Name,-62} {item.Flops / median / 1e9,8:0.0} {item.Flops / seconds[0] / 1e9,8:0.0} {noise,6:0.0} "
            + $"{median * 1e3,9:0.000} {first * 1e3,9:0.00} {perProcessorSecond / 1e9,9:0.0}");
        memory.ForEach(block => block.Dispose());
    }

    private static DispatchCommand Bind(IHostKernel kernel, List<NativeBlock> memory)
    {
        MemoryRange Allocate(long bytes, Action<Span<byte>> fill)
        {
            var block = new NativeBlock(bytes, fill);
            memory.Add(block);
            return block.Range;
        }

        KernelDesc desc = kernel.Desc;
        var command = new DispatchCommand
        {
            Kernel = kernel,
            Inputs = [.. desc.Inputs.Select(view => Allocate(view.UpperBound * sizeof(float), FillFloats))],
            Output = Allocate(desc.Output.UpperBound * sizeof(float), bytes => bytes.Clear()),
        };
        if (desc.Panels is not { } layout)
        {
            return command;
        }

        int perChunk = (int)Math.Max(1, ChunkBytes / layout.PanelBytes);
        Action<Span<byte>> fill = layout.Type == ElementType.Float16 ? FillHalves : FillFloats;
        return command with
        {
            Panels = new PanelRange(0, layout.PanelCount),
            PanelsPerChunk = perChunk,
            WeightChunks = [.. Enumerable.Range(0, (layout.PanelCount + perChunk - 1) / perChunk)
                .Select(i => Allocate(Math.Min(perChunk, layout.PanelCount - (i * perChunk)) * layout.PanelBytes, fill))],
        };
    }

    private static void FillFloats(Span<byte> bytes)
    {
        var random = new Random(1);
        foreach (ref float value in MemoryMarshal.Cast<byte, float>(bytes))
        {
            value = random.NextSingle() - 0.5f;
        }
    }

    private static void FillHalves(Span<byte> bytes)
    {
        var random = new Random(2);
        foreach (ref Half value in MemoryMarshal.Cast<byte, Half>(bytes))
        {
            value = (Half)((random.NextSingle() - 0.5f) * 0.1f);
        }
    }
}
