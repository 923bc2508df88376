using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>Products: the left side an activation, the right side a streamed weight or another activation.</summary>
internal static class MatMulPattern
{
    private const int MostItemRows = 8;

    public static KernelPattern Create(PatternTarget target, MatMulKernel kernel, PanelRange panels, long carriedBytes)
    {
        Shape left = kernel.Inputs[0].Shape;
        (long batch, long rows, long depth) = (left[0], left[1], left[2]);
        int quads = checked((int)((depth + 3) / 4));
        var a = new MatrixSide(target, 0, rows, quads);
        if (kernel.Weight is { } weight)
        {
            var extents = new ProductExtents(1, rows, PanelColumns.Count(weight, panels), quads, 1, MostItemRows);
            return new ProductPattern(target, kernel, extents, a, new PanelSide(target, weight, panels), int.MaxValue, carriedBytes);
        }

        long columns = kernel.Output.Shape[2];
        var b = new ColumnSide(target, 1, batch, columns);
        var product = new ProductExtents(batch, rows, columns, quads, 1, MostItemRows);
        return new ProductPattern(target, kernel, product, a, b, int.MaxValue, carriedBytes);
    }
}

/// <summary>Columns that a run of panels computes; those that pad a group's last panel are none.</summary>
internal static class PanelColumns
{
    public static long Count(PanelLayout layout, PanelRange panels)
    {
        if (layout.Groups > 1)
        {
            return layout.Columns;
        }

        long first = (long)panels.Start * layout.PanelWidth;
        return Math.Min((long)panels.Count * layout.PanelWidth, layout.Columns - first);
    }
}
