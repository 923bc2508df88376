using System.Diagnostics;
using System.Globalization;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Tuning;

namespace FlashMem.Benchmarks.Kernels;

/// <summary>
/// Throughput of an OpenCL device's matrix kernels on the shapes of real networks: a batch of dispatches on the compute queue between two
/// waits, median and best of several batches, and the rate per second of this process' processor time, which on a CPU driver says more
/// than the wall clock when the machine has other load.
/// </summary>
internal static class OpenClKernelBenchmark
{
    private const int Batches = 7;
    private const double SecondsPerBatch = 0.1;

    /// <summary>
    /// Arguments: [FILTER [INTERLEAVE [gpu]]]. Cases whose group or name contains the filter, weights with that depth interleave (default:
    /// the device's), with GPU templates also on a CPU driver. Returns the exit code.
    /// </summary>
    public static async Task<int> RunAsync(string[] args)
    {
        string filter = args.Length > 0 ? args[0] : "";
        await using var device = OpenClDevice.Open(new OpenClDeviceOptions());
        int interleave = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : device.Capabilities.DepthInterleave;
        ClTraits traits = args.Length > 2 ? device.Traits with { Cpu = false } : device.Traits;
        Console.WriteLine($"{device.Spec.Name}, depth interleave {interleave}, {traits}");
        Console.WriteLine($"{"group",-14} {"kernel",-66} {"GFLOPS",9} {"best",9} {"ms",9} {"compile s",9} {"GF/cpu-s",9}");
        foreach (KernelCase item in KernelCases.All())
        {
            if (item.Name.Contains(filter, StringComparison.Ordinal) || item.Group.Contains(filter, StringComparison.Ordinal))
            {
                Measure(device, traits, item, interleave);
            }
        }

        return 0;
    }

    private static void Measure(OpenClDevice device, ClTraits traits, KernelCase item, int interleave)
    {
        long start = Stopwatch.GetTimestamp();
        ICompiledKernel kernel = device.Prepare(ClKernels.Compile(WithInterleave(item.Desc, interleave), traits));
        double compile = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var sample = new KernelSample(device, kernel, traits);
        Timeline done = device.CreateTimeline("done");
        ulong count = 0;
        double Batch(int size)
        {
            long begin = Stopwatch.GetTimestamp();
            for (int i = 0; i < size; i++)
            {
                device.ComputeQueue.Dispatch(sample.Command, [], done.At(++count));
            }

            done.Wait(count);
            return Stopwatch.GetElapsedTime(begin).TotalSeconds / size;
        }

        Batch(1);
        int runs = (int)Math.Clamp(SecondsPerBatch / Batch(2), 2, 500);
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        double[] seconds = [.. Enumerable.Range(0, Batches).Select(_ => Batch(runs)).Order()];
        double perProcessorSecond = item.Flops * Batches * runs / (Environment.CpuUsage.TotalTime - processor).TotalSeconds;
        double median = seconds[Batches / 2];
        Console.WriteLine(
            $"{item.Group,-14} {item.Name,-66} {item.Flops / median / 1e9,9:0.0} {item.Flops / seconds[0] / 1e9,9:0.0} "
            + $"{median * 1e3,9:0.000} {compile,9:0.00} {perProcessorSecond / 1e9,9:0.0}");
    }

    private static KernelDesc WithInterleave(KernelDesc desc, int interleave) => desc switch
    {
        MatMulKernel { Weight: { } weight } matMul => matMul with { Weight = weight with { DepthInterleave = interleave } },
        ConvKernel { Weight: { } weight } conv => conv with { Weight = weight with { DepthInterleave = interleave } },
        _ => desc,
    };
}
