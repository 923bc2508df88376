using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Tests.Support;

namespace FlashMem.Tests.Conformance;

/// <summary>A case's device memory; freed together.</summary>
internal sealed class CaseMemory(IDevice device) : IDisposable
{
    private readonly List<IDeviceMemory> allocations = [];

    /// <summary>A buffer's bytes in its element type.</summary>
    public static byte[] Encode(ReferenceMemory memory)
    {
        var bytes = new List<byte>();
        for (long i = 0; i < memory.Length; i++)
        {
            bytes.AddRange(memory.Type switch
            {
                ElementType.Float32 => BitConverter.GetBytes((float)memory[i]),
                ElementType.Float16 => BitConverter.GetBytes((Half)memory[i]),
                ElementType.Int32 => BitConverter.GetBytes((int)memory[i]),
                _ => throw new ArgumentException($"kernels do not read {memory.Type}", nameof(memory)),
            });
        }

        return [.. bytes];
    }

    public MemoryRange Upload(MemoryTier tier, ReadOnlySpan<byte> bytes) => Upload(device.Allocate(tier, bytes.Length), bytes);

    private MemoryRange Upload(IDeviceMemory allocation, ReadOnlySpan<byte> bytes)
    {
        allocations.Add(allocation);
        allocation.Write(0, bytes);
        return new MemoryRange(allocation, 0, bytes.Length);
    }

    /// <summary>Chunks of a slice of a weight, where the device's kernels read them.</summary>
    public ImmutableArray<MemoryRange> UploadChunks(PanelWeightData? weight, PanelRange slice, int panelsPerChunk)
    {
        if (weight is null)
        {
            return [];
        }

        var chunks = ImmutableArray.CreateBuilder<MemoryRange>();
        for (int panel = slice.Start; panel < slice.End; panel += panelsPerChunk)
        {
            int count = Math.Min(panelsPerChunk, slice.End - panel);
            long start = panel * weight.Layout.PanelBytes;
            ReadOnlySpan<byte> bytes = weight.Bytes.AsSpan((int)start, (int)(count * weight.Layout.PanelBytes));
            chunks.Add(Upload(
                device.Capabilities.ZeroCopy
                    ? device.Allocate(MemoryTier.Unified, bytes.Length)
                    : device.AllocateTexture(bytes.Length, weight.Layout.Type),
                bytes));
        }

        return chunks.ToImmutable();
    }

    public void Dispose()
    {
        foreach (IDeviceMemory allocation in allocations)
        {
            allocation.Dispose();
        }
    }
}
