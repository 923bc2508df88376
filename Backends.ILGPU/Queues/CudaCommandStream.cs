using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Backends.ILGPU.Memory;
using FlashMem.Backends.ILGPU.Native;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>A CUDA stream: markers are the driver's events, which other streams wait for on the device.</summary>
internal sealed class CudaCommandStream(Accelerator accelerator, CudaStreamEvents events) : ICommandStream
{
    private readonly CudaStream stream = (CudaStream)accelerator.CreateStream();

    public AcceleratorStream Stream => stream;

    public bool OrdersOnDevice => true;

    public nint Handle => stream.StreamPtr;

    public void Bind() => accelerator.Bind();

    public CommandMarker Mark(string what)
    {
        nint handle = events.Take();
        try
        {
            events.Driver.Record(handle, Handle, what);
        }
        catch
        {
            events.Give(handle);
            throw;
        }

        return new CommandMarker(handle, default);
    }

    public void WaitFor(CommandMarker marker, string what) => events.Driver.Wait(Handle, marker.Event, what);

    public void Await(CommandMarker marker, string what) => events.Driver.Synchronize(marker.Event, what);

    public DeviceTime TimeOf(CommandMarker marker) => events.TimeOf(marker.Event);

    public void Recycle(CommandMarker marker) => events.Give(marker.Event);

    public void Copy(CopyCommand command)
    {
        (MemoryRange source, MemoryRange target) = (command.Source, command.Target);
        bool fromHost = source.Memory.HostAddress != 0;
        bool toHost = target.Memory.HostAddress != 0;
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

    public void Dispose() => LostDevice.Free(stream.Dispose);
}
