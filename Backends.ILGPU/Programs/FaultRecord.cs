using FlashMem.Backends.ILGPU.Memory;
using ILGPU;
using ILGPU.Runtime;

namespace FlashMem.Backends.ILGPU.Programs;

/// <summary>Where a kernel says that its data made it fail: a flag, the index that does not fit, and the extent that it does not fit.</summary>
internal sealed class FaultRecord(DeviceMemory memory)
{
    public const int Flag = 0;
    public const int Index = 1;
    public const int Extent = 2;
    public const int Words = 4;

    public ArrayView<uint> View => memory.Words(0);

    /// <summary>Forgets the last fault, in the stream's order.</summary>
    public void Clear(AcceleratorStream stream) => View.SubView(0, Words).MemSetToZero(stream);

    /// <summary>What kernels wrote; null when they had nothing to say. Their stream is idle.</summary>
    public (int Index, int Extent)? Read()
    {
        Span<byte> bytes = stackalloc byte[Words * sizeof(uint)];
        memory.Read(0, bytes);
        return BitConverter.ToInt32(bytes) == 0
            ? null
            : (BitConverter.ToInt32(bytes[(Index * sizeof(uint))..]), BitConverter.ToInt32(bytes[(Extent * sizeof(uint))..]));
    }
}
