using System.Diagnostics;
using FlashMem.Cli.Rendering.Plots;
using FlashMem.Simulator.Compute.MicroKernels;
using FlashMem.Simulator.Compute;
using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Memory;
using FlashMem.Simulator.Specs;

namespace FlashMem.Benchmarks.Simulator;

/// <summary>
/// How fast the simulator is, the curves of the Pixel 4 as simulated beside those measured, and the load capacities of kernels.
/// </summary>
internal static class SimulatorBenchmark
{
    /// <param name="args">A folder to write pictures of the curves to, or nothing.</param>
    public static int Run(string[] args)
    {
        SimulatorSpec spec = SimulatorPresets.Load("pixel-4");
        PrintQueueRate();
        PrintMachineRate(spec);
        List<(double, double?, double)> image = Curve(
            "image, bytes", "GB/s", Adreno640Curves.Image.Select(point => ((double)point.Range, point.GigabytesPerSecond)),
            bytes => MicroBenchmarks.ImageBandwidth(spec, (long)bytes) / 1e9);
        List<(double, double?, double)> buffer = Curve(
            "buffer, bytes", "GB/s", Adreno640Curves.Buffer.Select(point => ((double)point.Range, point.GigabytesPerSecond)),
            bytes => MicroBenchmarks.BufferBandwidth(spec, (long)bytes) / 1e9);
        var chase = new List<(double, double?, double)>();
        foreach (IGrouping<long, (long Range, long Stride, double Nanoseconds)> points in
            Adreno640Curves.Chase.Select(point => (point.Range, point.Stride, point.Nanoseconds)).GroupBy(point => point.Stride))
        {
            List<(double, double?, double)> curve = Curve(
                $"chase {points.Key}", "ns", points.Select(point => ((double)point.Range, point.Nanoseconds)),
                bytes => MicroBenchmarks.ImageChase(spec, (long)bytes, points.Key) / 1e3);
            chase = points.Key == 16 ? curve : chase;
        }

        if (args is [var folder])
        {
            _ = Directory.CreateDirectory(folder);
            var bandwidth = new CurvePlot("Adreno 640 (Pixel 4): read bandwidth, GB/s, by bytes read again and again", Bytes(1 << 26), 220);
            bandwidth.Add("image", image);
            bandwidth.Add("buffer", buffer);
            bandwidth.Write(Path.Combine(folder, "pixel-4-bandwidth.svg"));
            var latency = new CurvePlot("Adreno 640 (Pixel 4): image pointer chase, ns per load, stride 16 bytes", Bytes(1 << 18), 240);
            latency.Add("image", chase);
            latency.Write(Path.Combine(folder, "pixel-4-chase.svg"));
        }

        LoadCapacityBenchmark.Run(args is [var target] ? target : null);
        return 0;
    }

    private static PlotAxis Bytes(double most) => new(16, most, IsLogarithmic: true);

    private static void PrintQueueRate()
    {
        const int Pending = 4096;
        const long Events = 20_000_000;
        var queue = new EventQueue<int>();
        ulong state = 1;
        for (int i = 0; i < Pending; i++)
        {
            queue.Push((long)(state % 1000), i);
            state = (state * 6364136223846793005) + 1442695040888963407;
        }

        long begin = Stopwatch.GetTimestamp();
        for (long i = 0; i < Events && queue.TryPop(out long time, out int payload); i++)
        {
            state = (state * 6364136223846793005) + 1442695040888963407;
            queue.Push(time + (long)(state >> 54), payload);
        }

        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        Console.WriteLine($"event queue, {Pending} pending: {Events / seconds / 1e6:0.0} million events/s");
    }

    private static void PrintMachineRate(SimulatorSpec spec)
    {
        Rate("buffer reads, 64 KiB", BandwidthProgram.OfBuffer(spec, 65536));
        Rate("image reads, 64 KiB", BandwidthProgram.OfImage(spec, 65536));

        void Rate(string name, BandwidthProgram program)
        {
            long begin = Stopwatch.GetTimestamp();
            Counters counts = new GpuMachine(spec).Run(program, SteadyStateOptions.Everything).Counters;
            double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            long lookups = counts[Counter.TextureHits] + counts[Counter.TextureMisses] + counts[Counter.L2Hits] + counts[Counter.L2Misses];
            Console.WriteLine(
                $"machine, {name}: {counts[Counter.Events] / seconds / 1e6:0.00} million events/s, "
                + $"{counts[Counter.Instructions] / seconds / 1e6:0.00} million wave instructions/s, "
                + $"{lookups / seconds / 1e6:0.0} million cache look-ups/s");
        }
    }

    private static List<(double Bytes, double? Measured, double Simulated)> Curve(
        string name, string unit, IEnumerable<(double Bytes, double Measured)> points, Func<double, double> simulate)
    {
        Console.WriteLine($"{name,14} {"measured " + unit,14} {"simulated",10} {"difference",10}");
        var curve = new List<(double Bytes, double? Measured, double Simulated)>();
        foreach ((double bytes, double measured) in points)
        {
            double simulated = simulate(bytes);
            curve.Add((bytes, measured, simulated));
            Console.WriteLine($"{bytes,14} {measured,14:0.0} {simulated,10:0.0} {(simulated / measured) - 1,10:+0.0%;-0.0%}");
        }

        return curve;
    }
}
