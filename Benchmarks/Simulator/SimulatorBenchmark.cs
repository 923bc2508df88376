using System.Diagnostics;
using FlashMem.Simulator.Compute;
using FlashMem.Simulator.Compute.MicroKernels;
using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Memory;
using FlashMem.Simulator.Specs;

namespace FlashMem.Benchmarks.Simulator;

/// <summary>How fast the simulator is, and the curves of the Pixel 4 as simulated beside those measured.</summary>
internal static class SimulatorBenchmark
{
    public static int Run()
    {
        SimulatorSpec spec = SimulatorPresets.Load("pixel-4");
        PrintQueueRate();
        PrintMachineRate(spec);
        Console.WriteLine($"{"image, bytes",12} {"measured GB/s",14} {"simulated",10} {"difference",10}");
        foreach ((long range, double measured) in Adreno640Curves.Image)
        {
            Print($"{range,12}", measured, MicroBenchmarks.ImageBandwidth(spec, range) / 1e9);
        }

        Console.WriteLine($"{"buffer, bytes",12} {"measured GB/s",14} {"simulated",10} {"difference",10}");
        foreach ((long range, double measured) in Adreno640Curves.Buffer)
        {
            Print($"{range,12}", measured, MicroBenchmarks.BufferBandwidth(spec, range) / 1e9);
        }

        Console.WriteLine($"{"chase, bytes / stride",21} {"measured ns",14} {"simulated",10} {"difference",10}");
        foreach ((long range, long stride, double measured) in Adreno640Curves.Chase)
        {
            Print($"{range,12} {stride,8}", measured, MicroBenchmarks.ImageChase(spec, range, stride) / 1e3);
        }

        return 0;
    }

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

    private static void Print(string point, double measured, double simulated) =>
        Console.WriteLine($"{point} {measured,14:0.0} {simulated,10:0.0} {(simulated / measured) - 1,10:+0.0%;-0.0%}");
}
