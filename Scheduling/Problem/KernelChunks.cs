using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Graph.Ir;

namespace FlashMem.Scheduling.Problem;

/// <summary>The chunks that one kernel reads.</summary>
/// <param name="Tables">Chunks of its large linear operands: needed whole by every slice.</param>
/// <param name="Panels">Where its panel weight lies; null when it has none.</param>
internal readonly record struct KernelChunks(ImmutableArray<int> Tables, WeightPlacement? Panels)
{
    public static KernelChunks Of(KernelNode kernel, WeightFileLayout layout)
    {
        ImmutableArray<int> tables = [];
        foreach (Operand input in kernel.Inputs)
        {
            if (input.Kind == OperandKind.Weight && layout.Weights[input.Id] is { FirstChunk: >= 0 } placement
                && !tables.Contains(placement.FirstChunk))
            {
                tables = tables.Add(placement.FirstChunk);
            }
        }

        return new KernelChunks(tables, kernel.PanelWeight < 0 ? null : layout.Weights[kernel.PanelWeight]);
    }

    /// <summary>The same without the chunks of pinned weights, which need no room of their own when the kernel runs.</summary>
    public KernelChunks Without(PinnedWeights pinned, WeightFileLayout layout) => new(
        [.. Tables.Where(chunk => !pinned.Has(layout.Chunks[chunk].Weight))],
        Panels is not null && pinned.Has(Panels.Weight) ? null : Panels);

    /// <summary>Slot bytes of the tables.</summary>
    public long TableBytes(WeightFileLayout layout)
    {
        long bytes = 0;
        foreach (int chunk in Tables)
        {
            bytes += layout.Chunks[chunk].SlotBytes;
        }

        return bytes;
    }

    /// <summary>Slot bytes of the largest panel chunk; 0 without panels. The first chunk is never smaller than the others.</summary>
    public long LargestPanelChunk(WeightFileLayout layout) => Panels is null ? 0 : layout.Chunks[Panels.FirstChunk].SlotBytes;
}
