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

    public void Dispatch(DispatchCommand command) => device.ComputeQueue.Dispatch(command, [], compute.At(++dispatched));

    public void Copy(CopyCommand command) => device.TransferQueue.Copy(command, [], transfer.At(++copied));

    /// <summary>Median time from the first command to the end of the last, after one unmeasured batch.</summary>
    public double MedianMs(Action batch)
    {
        var times = new double[repetitions];
        Run(batch);
        for (int i = 0; i < repetitions; i++)
        {
            times[i] = Run(batch);
        }

        Array.Sort(times);
        return times[repetitions / 2];
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
