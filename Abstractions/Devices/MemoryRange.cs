namespace FlashMem.Abstractions.Devices;

/// <summary>A range of bytes in a device allocation.</summary>
public readonly record struct MemoryRange(IDeviceMemory Memory, long Offset, long Bytes)
{
    /// <summary>Host address of the first byte; throws when the memory is not host-visible.</summary>
    public nint HostAddress => Memory.HostAddress != 0
        ? Memory.HostAddress + (nint)Offset
        : throw new InvalidOperationException($"{Memory.Tier} memory is not visible to the host");

    /// <summary>Both begin in one block of one memory.</summary>
    /// <param name="other">The other range.</param>
    /// <param name="blockBytes">Bytes of a block: of a texture, <see cref="DeviceCapabilities.TextureBlockBytes"/>.</param>
    public bool SharesBlock(MemoryRange other, long blockBytes) =>
        ReferenceEquals(Memory, other.Memory) && Offset / blockBytes == other.Offset / blockBytes;
}
