using System.Runtime.InteropServices;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Packing;

/// <summary>
/// Bytes outside the managed heap, aligned for vectors and direct I/O, given back at once when disposed. Not cleared. Longer than 2 GiB
/// where need be.
/// </summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private void* memory;
    private long capacity;

    public long Bytes { get; private set; }

    public nint Address => (nint)memory;

    public Span<byte> Span => Slice(0, checked((int)Bytes));

    /// <summary>Sets the length; the contents are lost when it grows beyond all earlier lengths.</summary>
    public void Resize(long bytes)
    {
        if (bytes > capacity)
        {
            Dispose();
            memory = NativeMemory.AlignedAlloc((nuint)bytes, (nuint)Alignment.Block);
            capacity = bytes;
        }

        Bytes = bytes;
    }

    public Span<byte> Slice(long offset, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + bytes, Bytes);
        return new Span<byte>((byte*)memory + offset, bytes);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
        capacity = 0;
        Bytes = 0;
    }
}
