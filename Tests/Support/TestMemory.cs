using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using Xunit;

namespace FlashMem.Tests.Support;

/// <summary>Plain native memory as device memory. Guard bytes after the end are checked when it is disposed.</summary>
internal sealed unsafe class TestMemory : IDeviceMemory
{
    private const int GuardBytes = 256;
    private const byte Guard = 0xA5;

    private byte* start;

    public TestMemory(ReadOnlySpan<byte> contents)
    {
        Bytes = contents.Length;
        start = (byte*)NativeMemory.AlignedAlloc((nuint)(Bytes + GuardBytes), 4096);
        contents.CopyTo(new Span<byte>(start, contents.Length));
        new Span<byte>(start + Bytes, GuardBytes).Fill(Guard);
    }

    public MemoryTier Tier => MemoryTier.Unified;

    public long Bytes { get; }

    public nint HostAddress => (nint)start;

    public MemoryRange Range => new(this, 0, Bytes);

    public static TestMemory Of(ReadOnlySpan<float> values) => new(MemoryMarshal.AsBytes(values));

    public float[] Floats() => new Span<float>(start, (int)(Bytes / sizeof(float))).ToArray();

    public void Read(long offset, Span<byte> destination) => new Span<byte>(start + offset, destination.Length).CopyTo(destination);

    public void Write(long offset, ReadOnlySpan<byte> source) => source.CopyTo(new Span<byte>(start + offset, source.Length));

    public void Dispose()
    {
        if (start == null)
        {
            return;
        }

        bool intact = new ReadOnlySpan<byte>(start + Bytes, GuardBytes).IndexOfAnyExcept(Guard) < 0;
        NativeMemory.AlignedFree(start);
        start = null;
        Assert.True(intact, "a kernel wrote past the end of its memory");
    }
}
