using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.OpenCL.Native;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Memory;

/// <summary>A buffer in the device's own memory: activations, and weights where they are not in images.</summary>
internal sealed unsafe class ClDeviceMemory : ClMemory
{
    private readonly nint buffer;

    public ClDeviceMemory(ClContext context, MemoryTier tier, long bytes)
        : base(context, tier, bytes)
    {
        try
        {
            buffer = context.CreateBuffer(MemFlags.ReadWrite, Math.Max(bytes, 1), null, $"{tier} memory");
        }
        catch (DeviceException)
        {
            Abandon();
            throw;
        }
    }

    public override nint Buffer => buffer;

    protected override void ReadBytes(long offset, Span<byte> destination)
    {
        if (destination.Length >= ResultFetch.WorthwhileBytes && Context.ReadBounce is { } bounce)
        {
            bounce.Read(buffer, offset, destination);
            return;
        }

        fixed (byte* target = destination)
        {
            ClStatus.Check(
                Context.Api.EnqueueReadBuffer(
                    Context.HostQueue, buffer, true, (nuint)offset, (nuint)destination.Length, target, 0, null, null),
                "clEnqueueReadBuffer",
                $"{destination.Length} bytes of {Tier} memory");
        }
    }

    protected override void WriteBytes(long offset, ReadOnlySpan<byte> source)
    {
        fixed (byte* start = source)
        {
            ClStatus.Check(
                Context.Api.EnqueueWriteBuffer(
                    Context.HostQueue, buffer, true, (nuint)offset, (nuint)source.Length, start, 0, null, null),
                "clEnqueueWriteBuffer",
                $"{source.Length} bytes of {Tier} memory");
        }
    }

    protected override void Release() => Context.ReleaseMemory(buffer);
}
