using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Packing;

/// <summary>Describes runs of a panel weight's chunks as strips: rows are the depth, every panel is a run of columns.</summary>
internal sealed class PanelMap
{
    private readonly PanelLayout layout;
    private readonly long[] groups;
    private readonly long[] depth;
    private readonly long[] columns;

    public PanelMap(PanelLayout layout, TensorView view)
    {
        this.layout = layout;
        groups = ViewOffsets.OfAxis(view, 0, 0, layout.Groups);
        depth = ViewOffsets.OfAxis(view, 1, 0, layout.Depth);
        columns = ViewOffsets.OfAxis(view, 2, 0, layout.Columns);
        ViewOffsets.Shift(depth, view.Offset);
    }

    public StripShape Shape(ReadOnlySpan<ChunkInfo> chunks)
    {
        int width = layout.PanelWidth;
        int first = chunks[0].Panels.Start;
        int count = chunks[^1].Panels.End - first;
        var offsets = new long[checked(count * width)];
        var targets = new long[count];
        foreach (ChunkInfo chunk in chunks)
        {
            for (int panel = chunk.Panels.Start; panel < chunk.Panels.End; panel++)
            {
                FillColumns(panel, offsets.AsSpan((panel - first) * width, width));
                targets[panel - first] = TargetByte(chunks, chunk, panel) / layout.Type.SizeInBytes();
            }
        }

        return new StripShape
        {
            RowOffsets = depth,
            ColumnOffsets = offsets,
            RunWidth = width,
            RunTargets = targets,
            RowStep = width,
            Interleave = layout.DepthInterleave,
        };
    }

    /// <summary>
    /// Zeroes what no source element is written to: the last panel of every group, the last depth steps where interleaving pads them, and
    /// the end of every chunk's slot.
    /// </summary>
    public void ClearPadding(ReadOnlySpan<ChunkInfo> chunks, NativeBuffer target)
    {
        foreach (ChunkInfo chunk in chunks)
        {
            long slot = chunk.FileOffset - chunks[0].FileOffset;
            target.Slice(slot + chunk.Bytes, (int)(chunk.SlotBytes - chunk.Bytes)).Clear();
            for (int panel = chunk.Panels.Start; panel < chunk.Panels.End; panel++)
            {
                long start = TargetByte(chunks, chunk, panel);
                if (ColumnsOf(panel) < layout.PanelWidth)
                {
                    target.Slice(start, (int)layout.PanelBytes).Clear();
                }
                else if (layout.PaddedDepth > layout.Depth)
                {
                    int padded = layout.PanelWidth * layout.DepthInterleave * layout.Type.SizeInBytes();
                    target.Slice(start + layout.PanelBytes - padded, padded).Clear();
                }
            }
        }
    }

    private long TargetByte(ReadOnlySpan<ChunkInfo> chunks, ChunkInfo chunk, int panel) =>
        chunk.FileOffset - chunks[0].FileOffset + ((panel - chunk.Panels.Start) * layout.PanelBytes);

    private int ColumnsOf(int panel) =>
        Math.Min(layout.PanelWidth, layout.Columns - (panel % layout.PanelsPerGroup * layout.PanelWidth));

    private void FillColumns(int panel, Span<long> offsets)
    {
        long group = groups[panel / layout.PanelsPerGroup];
        int firstColumn = panel % layout.PanelsPerGroup * layout.PanelWidth;
        int real = ColumnsOf(panel);
        for (int i = 0; i < real; i++)
        {
            offsets[i] = group + columns[firstColumn + i];
        }

        offsets[real..].Fill(StripShape.Padding);
    }
}
