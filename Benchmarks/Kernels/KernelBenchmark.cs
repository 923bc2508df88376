using System.Diagnostics;
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
/// Throughput of the host's matrix kernels on the shapes of real networks: median, best and spread of several runs after the first, and
/// the first run itself, which pays for the JIT. The last column divides by processor time instead of wall time: the rate per core,
/// which other load on the machine disturbs less.
/// </summary>
internal static class KernelBenchmark
{
    private const int Repetitions = 7;
    private const double SecondsPerRepetition = 0.05;
    private const int ChunkBytes = 1 << 20;

    /// <summary>Measures the cases whose group or name contains the first argument; all without one. Returns the exit code.</summary>
    public static int Run(string[] args)
    {
        string filter = args.Length > 0 ? args[0] : "";
        using var workers = new WorkerPool(Environment.ProcessorCount);
        Console.WriteLine($"{workers.Count} workers, {Repetitions} repetitions of about {SecondsPerRepetition * 1e3} ms");
        Console.WriteLine($"{"group",-14} {"kernel",-62} {"GFLOPS",8} {"best",8} {"+-%",6} {"ms",9} {"first ms",9} {"GF/cpu-s",9}");
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
        start = Stopwatch.GetTimestamp();
        kernel.Run(command, workers);
        int runs = Math.Max(1, (int)(SecondsPerRepetition / Stopwatch.GetElapsedTime(start).TotalSeconds));
        var seconds = new double[Repetitions];
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < Repetitions; i++)
        {
            start = Stopwatch.GetTimestamp();
            for (int r = 0; r < runs; r++)
            {
                kernel.Run(command, workers);
            }

            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds / runs;
        }

        double perProcessorSecond = item.Flops * runs * Repetitions / (Environment.CpuUsage.TotalTime - processor).TotalSeconds;
        Array.Sort(seconds);
        double median = seconds[Repetitions / 2];
        double noise = 50 * (seconds[^2] - seconds[1]) / median;
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
