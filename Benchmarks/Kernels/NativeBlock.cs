using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;

namespace FlashMem.Benchmarks.Kernels;

/// <summary>Plain native memory as device memory, so that a kernel can be measured without a device.</summary>
internal sealed unsafe class NativeBlock : IDeviceMemory
{
    private readonly byte* start;

    /// <param name="bytes">Size; filled with <paramref name="fill"/>.</param>
    /// <param name="fill">Writes the initial contents.</param>
    public NativeBlock(long bytes, Action<Span<byte>> fill)
    {
        Bytes = bytes;
        start = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 64), 4096);
        fill(new Span<byte>(start, checked((int)bytes)));
    }

    public MemoryTier Tier => MemoryTier.Activation;

    public long Bytes { get; }

    public nint HostAddress => (nint)start;

    public MemoryRange Range => new(this, 0, Bytes);

    public void Read(long offset, Span<byte> destination) => new Span<byte>(start + offset, destination.Length).CopyTo(destination);

    public void Write(long offset, ReadOnlySpan<byte> source) => source.CopyTo(new Span<byte>(start + offset, source.Length));

    public void Dispose() => NativeMemory.AlignedFree(start);
}
