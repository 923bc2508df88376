using FlashMem.Abstractions.Devices;

namespace FlashMem.Tests.Support;

/// <summary>Plain managed memory of a <see cref="CheckingDevice"/>; new memory holds rubbish.</summary>
internal sealed class CheckingMemory : IDeviceMemory
{
    private readonly Action<CheckingMemory> freed;

    public CheckingMemory(MemoryTier tier, long bytes, Action<CheckingMemory> freed)
    {
        Tier = tier;
        Data = new byte[bytes];
        Data.AsSpan().Fill(0xA5);
        this.freed = freed;
    }

    public byte[] Data { get; }

    public MemoryTier Tier { get; }

    public long Bytes => Data.Length;

    public nint HostAddress => 0;

    public void Read(long offset, Span<byte> destination) => Data.AsSpan((int)offset, destination.Length).CopyTo(destination);

    public void Write(long offset, ReadOnlySpan<byte> source) => source.CopyTo(Data.AsSpan((int)offset, source.Length));

    public void Dispose() => freed(this);

    public static Span<byte> Of(MemoryRange range) =>
        ((CheckingMemory)range.Memory).Data.AsSpan((int)range.Offset, (int)range.Bytes);
}
