using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>Panels of a dispatch that one launch can compute: their chunks lie evenly spaced in one memory.</summary>
/// <param name="Panels">Which panels, counted over all groups.</param>
/// <param name="Start">The first chunk.</param>
/// <param name="Spacing">Bytes from one chunk to the next; may be negative.</param>
internal readonly record struct WeightRun(PanelRange Panels, MemoryRange Start, long Spacing)
{
    /// <summary>The run that begins with a chunk of a command, and the chunks that it takes.</summary>
    public static (WeightRun Run, int Chunks) At(DispatchCommand command, int first)
    {
        ImmutableArray<MemoryRange> chunks = command.WeightChunks;
        int count = 1;
        long spacing = 0;
        while (first + count < chunks.Length && ReferenceEquals(chunks[first].Memory, chunks[first + count].Memory))
        {
            long distance = chunks[first + count].Offset - chunks[first + count - 1].Offset;
            if (count > 1 && distance != spacing)
            {
                break;
            }

            spacing = distance;
            count++;
        }

        int start = command.Panels.Start + (first * command.PanelsPerChunk);
        int end = Math.Min(start + (count * command.PanelsPerChunk), command.Panels.End);
        return (new WeightRun(new PanelRange(start, end - start), chunks[first], spacing), count);
    }
}
