using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;

namespace FlashMem.Runtime.Profiling;

/// <summary>Sends batches to a device and times them by the device's clock, so that simulated devices are profiled like real ones.</summary>
internal sealed class ProbeQueue(IDevice device, int repetitions)
{
    private readonly Timeline compute = device.CreateTimeline("profile");
    private readonly Timeline transfer = device.CreateTimeline("profile transfers");
    private ulong dispatched;
    private ulong copied;

    /// <summary>Enqueues a kernel; returns the point at which it is complete.</summary>
    public TimePoint Dispatch(DispatchCommand command, params ReadOnlySpan<TimePoint> waits)
    {
        TimePoint done = compute.At(++dispatched);
        device.ComputeQueue.Dispatch(command, waits, done);
        return done;
    }

    /// <summary>Enqueues a copy; returns the point at which it is complete.</summary>
    public TimePoint Copy(CopyCommand command, params ReadOnlySpan<TimePoint> waits)
    {
        TimePoint done = transfer.At(++copied);
        device.TransferQueue.Copy(command, waits, done);
        return done;
    }

    /// <summary>Median time from the first command to the end of the last, after one unmeasured batch.</summary>
    public double MedianMs(Action batch) => MediansMs([batch])[0];

    /// <summary>
    /// The same for several batches that are to be compared: they take turns, so that what else the machine does meanwhile falls on all of
    /// them and not on one. Each runs once unmeasured before every measurement: after a long batch a device takes a while to be quick again.
    /// </summary>
    public double[] MediansMs(IReadOnlyList<Action> batches)
    {
        double[][] times = [.. batches.Select(_ => new double[repetitions])];
        for (int round = 0; round < repetitions; round++)
        {
            for (int i = 0; i < batches.Count; i++)
            {
                Run(batches[i]);
                times[i][round] = Run(batches[i]);
            }
        }

        foreach (double[] each in times)
        {
            Array.Sort(each);
        }

        return [.. times.Select(each => each[repetitions / 2])];
    }

    private double Run(Action batch)
    {
        DeviceTime start = device.Now;
        batch();
        compute.Wait(dispatched);
        transfer.Wait(copied);
        return (device.Now - start).Milliseconds;
    }
}
