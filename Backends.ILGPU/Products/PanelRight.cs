using FlashMem.Backends.ILGPU.Memory;
using FlashMem.Backends.ILGPU.Operands;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>Device side of weight panels: where they lie and which columns of the output they are.</summary>
internal static class Panels
{
    /// <summary>Block of a panel's first element.</summary>
    public static int Block(ProductArguments arguments, int column)
    {
        int panel = column / ProductArguments.PanelWidth;
        int chunk = panel / arguments.PanelsPerChunk;
        return arguments.FirstBlock + (chunk * arguments.ChunkBlocks)
            + ((panel - (chunk * arguments.PanelsPerChunk)) * arguments.PanelBlocks);
    }

    public static bool Contains(ProductArguments arguments, int step, int column) =>
        step < arguments.Depth && column < arguments.PanelCount * ProductArguments.PanelWidth;

    public static int OutputColumn(ProductArguments arguments, int column)
    {
        int panel = arguments.FirstPanel + (column / ProductArguments.PanelWidth);
        int group = panel / arguments.PanelsPerGroup;
        int inGroup = ((panel - (group * arguments.PanelsPerGroup)) * ProductArguments.PanelWidth) + (column % ProductArguments.PanelWidth);
        return inGroup < arguments.GroupColumns && column < arguments.PanelCount * ProductArguments.PanelWidth
            ? (group * arguments.GroupColumns) + inGroup
            : -1;
    }

    public static int Group(ProductArguments arguments, int column) =>
        (arguments.FirstPanel + (column / ProductArguments.PanelWidth)) / arguments.PanelsPerGroup;
}

/// <summary>Panels of halves: a block holds eight columns of a step.</summary>
internal struct HalfPanels : IRight
{
    public readonly float Load(
        KernelOperands operands, ProductArguments arguments, ArrayView<Words4> weights, int batch, int step, int column)
    {
        int within = column % ProductArguments.PanelWidth;
        ArrayView<uint> words = weights.Cast<uint>();
        uint pair = words[(4 * (Panels.Block(arguments, column) + (4 * step))) + (within >> 1)];
        return Halves.Widen((within & 1) != 0 ? pair >> 16 : pair);
    }

    public readonly Float8 LoadEight(
        KernelOperands operands, ProductArguments arguments, ArrayView<Words4> weights, int batch, int step, int column)
    {
        if (!Panels.Contains(arguments, step, column))
        {
            return default;
        }

        Words4 block = weights[Panels.Block(arguments, column) + (4 * step) + ((column % ProductArguments.PanelWidth) >> 3)];
        return new Float8 { Low = Float4.OfHalves(block.X, block.Y), High = Float4.OfHalves(block.Z, block.W) };
    }

    public readonly int OutputColumn(ProductArguments arguments, int column) => Panels.OutputColumn(arguments, column);

    public readonly int Group(ProductArguments arguments, int column) => Panels.Group(arguments, column);
}

/// <summary>Panels of floats: a block holds four columns of a step.</summary>
internal struct FloatPanels : IRight
{
    public readonly float Load(
        KernelOperands operands, ProductArguments arguments, ArrayView<Words4> weights, int batch, int step, int column)
    {
        ArrayView<uint> words = weights.Cast<uint>();
        int word = (4 * (Panels.Block(arguments, column) + (8 * step))) + (column % ProductArguments.PanelWidth);
        return Interop.IntAsFloat(words[word]);
    }

    public readonly Float8 LoadEight(
        KernelOperands operands, ProductArguments arguments, ArrayView<Words4> weights, int batch, int step, int column)
    {
        if (!Panels.Contains(arguments, step, column))
        {
            return default;
        }

        int block = Panels.Block(arguments, column) + (8 * step) + ((column % ProductArguments.PanelWidth) >> 2);
        return new Float8 { Low = Float4.Of(weights[block]), High = Float4.Of(weights[block + 1]) };
    }

    public readonly int OutputColumn(ProductArguments arguments, int column) => Panels.OutputColumn(arguments, column);

    public readonly int Group(ProductArguments arguments, int column) => Panels.Group(arguments, column);
}
