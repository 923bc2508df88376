using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;

namespace FlashMem.Runtime.Profiling;

/// <summary>
/// Single reads that a kernel's end releases while further kernels run, as a plan has them. Where kernels run on the processors that read,
/// such a read waits for one, and waking its thread costs the queue time.
/// </summary>
internal sealed class PacedReads(IDevice device, ProbeQueue queue, DispatchCommand kernel, int repetitions)
{
    private const int Reads = 24;

    /// <summary>Kernels between two reads take so many times as long as a read alone, so that each finds storage idle.</summary>
    private const double Pace = 4;

    private const int MostKernels = 256;

    /// <param name="stream">The reads.</param>
    /// <param name="bytes">Of each.</param>
    /// <param name="aloneSeconds">What one takes with nothing beside it.</param>
    /// <returns>Medians: seconds from a read's release to its signal, and seconds by which kernels took longer per read.</returns>
    public (double Latency, double Lost) Measure(ReadStream stream, int bytes, double aloneSeconds)
    {
        int kernels = (int)Math.Clamp(Math.Ceiling(Pace * aloneSeconds / KernelSeconds()), 1, MostKernels);
        var latencies = new List<double>();
        var lost = new List<double>();
        for (int i = 0; i < repetitions; i++)
        {
            double without = Run(kernels, null, bytes, latencies);
            lost.Add((Run(kernels, stream, bytes, latencies) - without) / Reads);
        }

        latencies.Sort();
        lost.Sort();
        return (latencies[latencies.Count / 2], Math.Max(0, lost[lost.Count / 2]));
    }

    private double KernelSeconds()
    {
        Run(1, null, 0, []);
        return Run(1, null, 0, []) / Reads;
    }

    private double Run(int kernels, ReadStream? stream, int bytes, List<double> latencies)
    {
        var released = new DeviceTime[Reads - 1];
        var arrived = new DeviceTime[Reads - 1];
        TimePoint lastRead = default;
        TimePoint last = default;
        using var unnoted = new CountdownEvent(arrived.Length);
        DeviceTime start = device.Now;
        for (int i = 0; i < Reads; i++)
        {
            int read = i;
            for (int k = 0; k < kernels; k++)
            {
                last = queue.Dispatch(kernel);
            }

            if (stream is not null && i < arrived.Length)
            {
                last.Timeline.WhenReached(last.Value, () => released[read] = device.Now);
                lastRead = stream.IssueAfter(last, bytes);
                lastRead.Timeline.WhenReached(lastRead.Value, () =>
                {
                    arrived[read] = device.Now;
                    unnoted.Signal();
                });
            }
        }

        last.Wait();
        double seconds = (device.Now - start).Milliseconds / 1e3;
        if (stream is not null)
        {
            lastRead.Wait();

            // Signals wake those who wait before they call back.
            unnoted.Wait();
            latencies.AddRange(released.Zip(arrived, (from, to) => (to - from).Milliseconds / 1e3));
        }

        return seconds;
    }
}
