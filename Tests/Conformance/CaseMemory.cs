using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Scheduling.Problem;
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

    public MemoryRange Upload(MemoryTier tier, ReadOnlySpan<byte> bytes)
    {
        IDeviceMemory allocation = device.Allocate(tier, bytes.Length);
        allocations.Add(allocation);
        allocation.Write(0, bytes);
        return new MemoryRange(allocation, 0, bytes.Length);
    }

    /// <summary>
    /// Chunks of a slice of a weight, where the device's kernels read them: slots of one allocation. Slices that start at an odd panel have
    /// their slots in reverse, for a plan need not place chunks in order.
    /// </summary>
    public ImmutableArray<MemoryRange> UploadChunks(PanelWeightData? weight, PanelRange slice, int panelsPerChunk)
    {
        if (weight is null)
        {
            return [];
        }

        int count = (slice.Count + panelsPerChunk - 1) / panelsPerChunk;
        long slotBytes = Alignment.Up(panelsPerChunk * weight.Layout.PanelBytes, Alignment.Block);
        IDeviceMemory allocation = device.Capabilities.ZeroCopy
            ? device.Allocate(MemoryTier.Unified, count * slotBytes)
            : device.AllocateTexture(count * slotBytes, weight.Layout.Type);
        allocations.Add(allocation);
        var slot = new byte[slotBytes];
        var chunks = ImmutableArray.CreateBuilder<MemoryRange>(count);
        for (int i = 0; i < count; i++)
        {
            int panel = slice.Start + (i * panelsPerChunk);
            long bytes = Math.Min(panelsPerChunk, slice.End - panel) * weight.Layout.PanelBytes;
            long offset = slotBytes * (slice.Start % 2 == 0 ? i : count - 1 - i);
            weight.Bytes.AsSpan((int)(panel * weight.Layout.PanelBytes), (int)bytes).CopyTo(slot);
            allocation.Write(offset, slot);
            chunks.Add(new MemoryRange(allocation, offset, bytes));
        }

        return chunks.MoveToImmutable();
    }

    public void Dispose()
    {
        foreach (IDeviceMemory allocation in allocations)
        {
            allocation.Dispose();
        }
    }
}
