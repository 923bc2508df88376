using System.Collections.Concurrent;
using FlashMem.Abstractions.Time;
using FlashMem.Backends.ILGPU.Native;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>
/// Events of one CUDA context, kept for reuse because creating one costs as much as recording it, and the moment that their times are counted
/// from. Thread-safe.
/// </summary>
internal sealed class CudaStreamEvents(CudaDriver driver, DeviceClock clock) : IDisposable
{
    private readonly ConcurrentBag<nint> free = [];
    private readonly nint origin = driver.CreateEvent();
    private DeviceTime originTime;

    public CudaDriver Driver => driver;

    public nint Take() => free.TryTake(out nint handle) ? handle : driver.CreateEvent();

    public void Give(nint handle) => free.Add(handle);

    /// <summary>
    /// Times are counted from now on; the stream is idle. Between distant events the driver's milliseconds lose digits, so every trace begins
    /// with this.
    /// </summary>
    public void Restart(nint stream)
    {
        driver.Record(origin, stream, "clock");
        driver.Synchronize(origin, "clock");
        originTime = clock.Now;
    }

    /// <summary>A reached event's time on the device's clock.</summary>
    public DeviceTime TimeOf(nint handle) => originTime + DeviceTime.FromNanoseconds(driver.Elapsed(origin, handle) * 1e6);

    public void Dispose()
    {
        driver.DestroyEvent(origin);
        while (free.TryTake(out nint handle))
        {
            driver.DestroyEvent(handle);
        }
    }
}
