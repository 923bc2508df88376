using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.ILGPU.Operands;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>Matrices [batch, rows, depth] with any strides.</summary>
internal struct MatrixLeft : ILeft
{
    private const int RowWalk = 0;
    private const int DepthWalk = 1;

    /// <summary>Adds what kernels read.</summary>
    public static void Add(KernelTable table, TensorView view)
    {
        table.AddWalk(RowWalk, view.Factors(0, 2), view.Offset);
        table.AddWalk(DepthWalk, view.Factors(2, 1), 0);
    }

    /// <summary>Eight steps lie side by side on a boundary of 16 bytes, as far as the view can say.</summary>
    public static bool IsWide(TensorView view)
    {
        ImmutableArray<ViewFactor> depth = view.Axes[2];
        return depth.Length == 1 && depth[0].Stride == 1 && depth[0].Extent % 8 == 0 && view.Offset % 4 == 0
            && view.Factors(0, 2).All(factor => factor.Stride % 4 == 0);
    }

    public readonly LeftRow Row(KernelOperands operands, ProductArguments arguments, int batch, int row, int group) => new()
    {
        Address = Walk.Address(
            operands.Table, Walk.FamilyPart(operands.Table, arguments.Header, RowWalk), (batch * arguments.Rows) + row),
    };

    public readonly float Load(KernelOperands operands, ProductArguments arguments, LeftRow row, int step)
    {
        int depth = Walk.Address(operands.Table, Walk.FamilyPart(operands.Table, arguments.Header, DepthWalk), step);
        return global::ILGPU.Interop.IntAsFloat(operands.Input0[row.Address + depth]);
    }

    public readonly Float8 LoadEight(KernelOperands operands, ProductArguments arguments, LeftRow row, int step) =>
        arguments.WideLeft == 0 ? LeftEight.Narrow<MatrixLeft>(operands, arguments, row, step)
        : default(WideMatrixLeft).LoadEight(operands, arguments, row, step);
}

/// <summary>The same where eight steps always lie side by side on a boundary of 16 bytes: no loop has to know of any other case.</summary>
internal struct WideMatrixLeft : ILeft
{
    public readonly LeftRow Row(KernelOperands operands, ProductArguments arguments, int batch, int row, int group) =>
        default(MatrixLeft).Row(operands, arguments, batch, row, group);

    public readonly float Load(KernelOperands operands, ProductArguments arguments, LeftRow row, int step) =>
        global::ILGPU.Interop.IntAsFloat(operands.Input0[row.Address + step]);

    public readonly Float8 LoadEight(KernelOperands operands, ProductArguments arguments, LeftRow row, int step) =>
        step < arguments.Depth ? LeftEight.Wide(operands, row.Address + step) : default;
}
