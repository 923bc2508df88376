using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.ILGPU.Memory;
using FlashMem.Backends.ILGPU.Operands;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>Activations [batch, depth, columns] with any strides, in input 1.</summary>
internal struct MatrixRight : IRight
{
    private const int BatchWalk = 6;
    private const int DepthWalk = 7;
    private const int ColumnWalk = 8;

    /// <summary>Adds what kernels read.</summary>
    public static void Add(KernelTable table, TensorView view)
    {
        table.AddWalk(BatchWalk, view.Factors(0, 1), view.Offset);
        table.AddWalk(DepthWalk, view.Factors(1, 1), 0);
        table.AddWalk(ColumnWalk, view.Factors(2, 1), 0);
    }

    public readonly float Load(
        KernelOperands operands, ProductArguments arguments, ArrayView<Words4> weights, int batch, int step, int column) =>
        At(operands, arguments, Start(operands, arguments, batch, step), column);

    public readonly Float8 LoadEight(
        KernelOperands operands, ProductArguments arguments, ArrayView<Words4> weights, int batch, int step, int column)
    {
        if (step >= arguments.Depth)
        {
            return default;
        }

        int start = Start(operands, arguments, batch, step);
        Float8 eight = default;
        for (int i = 0; i < Float8.Count; i++)
        {
            eight = Float8.With(eight, i, At(operands, arguments, start, column + i));
        }

        return eight;
    }

    public readonly int OutputColumn(ProductArguments arguments, int column) => column < arguments.Columns ? column : -1;

    public readonly int Group(ProductArguments arguments, int column) => 0;

    private static int Start(KernelOperands operands, ProductArguments arguments, int batch, int step) =>
        Walk.Address(operands.Table, Walk.FamilyPart(operands.Table, arguments.Header, BatchWalk), batch)
        + Walk.Address(operands.Table, Walk.FamilyPart(operands.Table, arguments.Header, DepthWalk), step);

    private static float At(KernelOperands operands, ProductArguments arguments, int start, int column)
    {
        if (column >= arguments.Columns)
        {
            return 0f;
        }

        int address = start + Walk.Address(operands.Table, Walk.FamilyPart(operands.Table, arguments.Header, ColumnWalk), column);
        return Interop.IntAsFloat(operands.Input1[address]);
    }
}
