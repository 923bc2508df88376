using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Backends.ILGPU.Memory;
using ILGPU.Runtime;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>
/// A stream of an accelerator whose driver offers nothing beyond ILGPU: a marker is the host waiting for the stream, and its time is the host's.
/// </summary>
internal sealed class HostOrderedStream(Accelerator accelerator, DeviceClock clock) : ICommandStream
{
    public AcceleratorStream Stream { get; } = accelerator.CreateStream();

    public bool OrdersOnDevice => false;

    public void Bind() => accelerator.Bind();

    public CommandMarker Mark(string what)
    {
        Stream.Synchronize();
        return new CommandMarker(0, clock.Now);
    }

    public void WaitFor(CommandMarker marker, string what) => throw new InvalidOperationException("this stream is ordered by the host");

    public void Await(CommandMarker marker, string what)
    {
        // Marking has waited.
    }

    public DeviceTime TimeOf(CommandMarker marker) => marker.Reached;

    public void Recycle(CommandMarker marker)
    {
        // There is no event.
    }

    public unsafe void Copy(CopyCommand command)
    {
        (MemoryRange source, MemoryRange target) = (command.Source, command.Target);
        switch (source.Memory, target.Memory)
        {
            case (StagingMemory or LockedMemory, StagingMemory):
                Buffer.MemoryCopy((void*)source.HostAddress, (void*)target.HostAddress, target.Bytes, source.Bytes);
                break;
            case (StagingMemory or LockedMemory, DeviceMemory to):
                to.CopyFrom(Stream, target.Offset, new ReadOnlySpan<byte>((void*)source.HostAddress, checked((int)source.Bytes)));
                break;
            case (DeviceMemory from, StagingMemory):
                from.CopyTo(Stream, source.Offset, new Span<byte>((void*)target.HostAddress, checked((int)source.Bytes)));
                break;
            default:
                ((DeviceMemory)source.Memory).CopyTo(Stream, source.Offset, (DeviceMemory)target.Memory, target.Offset, source.Bytes);
                break;
        }
    }

    public void Dispose() => Stream.Dispose();
}
