using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Panels;

namespace FlashMem.Backends.Host.MatMul;

/// <summary>Compiles matrix products.</summary>
internal static class HostMatMul
{
    public static IHostKernel Compile(MatMulKernel desc)
    {
        int needed = desc.Weight is null ? 2 : 1;
        if (desc.EpilogueStart != needed)
        {
            throw new DeviceException($"{desc.Name}: MatMul has {desc.EpilogueStart} operands of its own, expected {needed}");
        }

        return desc.Weight is { } weight ? new WeightMatMul(desc, weight) : new ActivationMatMul(desc);
    }

    /// <summary>Left-hand side and output of a product of [batch, M, K] and [batch, K, N].</summary>
    internal static PanelProduct Product(MatMulKernel desc, long depth, long columns)
    {
        MatrixView left = MatrixView.OfMatrices(desc.Inputs[0]);
        MatrixView output = MatrixView.OfMatrices(desc.Output);
        if (left.Columns.Extent != depth || left.Rows.Extent != output.Rows.Extent || output.Columns.Extent != columns
            || left.Batch.Extent != output.Batch.Extent)
        {
            throw new DeviceException(
                $"{desc.Name}: MatMul of {desc.Inputs[0].Shape} by [{depth}, {columns}] into {desc.Output.Shape}");
        }

        return new PanelProduct(
            left.Rows.Extent,
            depth,
            checked((int)columns),
            matricesAreColumns: false,
            new StridedLeft(left, depth, matricesAreColumns: false),
            new TileOutput(desc, MatrixView.OfMatrices));
    }
}
