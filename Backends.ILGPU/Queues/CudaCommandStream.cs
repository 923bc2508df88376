using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Backends.ILGPU.Memory;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>
/// A CUDA stream. What it has completed it says itself, in a word of the host's memory, for which the host and other streams wait without
/// asking the driver: its questions take a lock that submissions need. The driver's events are for times only.
/// </summary>
internal sealed class CudaCommandStream(Accelerator accelerator, CudaStreamEvents events) : ICommandStream
{
    private readonly CudaStream stream = (CudaStream)accelerator.CreateStream();
    private readonly StreamProgress progress = new(events.Driver);

    public AcceleratorStream Stream => stream;

    public bool OrdersOnDevice => true;

    public nint Handle => stream.StreamPtr;

    public void Bind() => accelerator.Bind();

    public CommandMarker Mark(bool timed)
    {
        nint time = timed ? Record() : 0;
        uint place = progress.Next();
        events.Driver.WriteValue(Handle, progress.Address, place);
        return new CommandMarker(progress.Address, place, time, default);
    }

    public CommandMarker Stamp() => new(0, 0, Record(), default);

    public void WaitFor(CommandMarker marker) => events.Driver.WaitForValue(Handle, marker.Word, marker.Place);

    public void Await(CommandMarker marker, string what)
    {
        var wait = new PollingWait();
        while (!progress.HasReached(marker.Place))
        {
            if (!wait.Once())
            {
                continue;
            }

            // A stream that was lost never gets there; only the driver knows.
            try
            {
                events.Driver.ThrowIfFailed(Handle, what);
            }
            catch
            {
                progress.Abandon();
                throw;
            }
        }
    }

    public DeviceTime TimeOf(CommandMarker marker) => events.TimeOf(marker.Event);

    public void Recycle(CommandMarker marker)
    {
        if (marker.Event != 0)
        {
            events.Give(marker.Event);
        }
    }

    public void Copy(CopyCommand command)
    {
        (MemoryRange source, MemoryRange target) = (command.Source, command.Target);
        bool fromHost = source.Memory is StagingMemory;
        bool toHost = target.Memory is StagingMemory;
        nint from = fromHost ? source.HostAddress : ((DeviceMemory)source.Memory).Address + (nint)source.Offset;
        nint to = toHost ? target.HostAddress : ((DeviceMemory)target.Memory).Address + (nint)target.Offset;
        if (fromHost)
        {
            // From page-locked to page-locked memory the driver's copy to the device works too: both are in its address space.
            events.Driver.CopyToDevice(to, from, source.Bytes, Handle, command.Label);
        }
        else if (toHost)
        {
            events.Driver.CopyToHost(to, from, source.Bytes, Handle, command.Label);
        }
        else if (source.Memory is DeviceMemory { Context: var there }
            && target.Memory is DeviceMemory { Context: var here } && there != here)
        {
            events.Driver.CopyBetweenContexts(to, here, from, there, source.Bytes, Handle, command.Label);
        }
        else
        {
            events.Driver.CopyOnDevice(to, from, source.Bytes, Handle, command.Label);
        }
    }

    public void Dispose()
    {
        Bind();
        stream.Dispose();
        progress.Dispose();
    }

    private nint Record()
    {
        nint handle = events.Take();
        events.Driver.Record(handle, Handle);
        return handle;
    }
}
