using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;
using FlashMem.Backends.OpenCL.Tuning;

namespace FlashMem.Backends.OpenCL.MatMul;

/// <summary>Compiles matrix products.</summary>
internal static class ClMatMul
{
    /// <param name="desc">What to compute.</param>
    /// <param name="traits">The device.</param>
    /// <param name="tiles">How it is cut; null leaves that to tuned tiles and <see cref="MatMulTiles"/>.</param>
    public static IClKernel Compile(MatMulKernel desc, ClTraits traits, KernelTiles? tiles = null)
    {
        int needed = desc.Weight is null ? 2 : 1;
        if (desc.EpilogueStart != needed)
        {
            throw new DeviceException($"{desc.Name}: MatMul has {desc.EpilogueStart} operands of its own, expected {needed}");
        }

        TensorView left = desc.Inputs[0];
        ProductShape shape = ShapeOf(desc);
        TensorView? right = desc.Weight is null ? desc.Inputs[1] : null;
        return new ClProduct(desc, shape, view => view, source => Sides(source, left, right), Signature(left, right), traits, tiles);
    }

    /// <summary>How the activations of a product are read: their runs along depth and line.</summary>
    public static string Signature(TensorView left, TensorView? right) =>
        $"MatMul, left runs of {MatrixSide.Run(left, 2)} and {MatrixSide.Run(left, 1)}{MatrixSide.Width(left)}"
        + (right is null ? "" : $", right runs of {MatrixSide.Run(right, 1)} and {MatrixSide.Run(right, 2)}");

    /// <summary>Adds MatMul.cl for a left side with axes [batch, row, depth] and a right side with axes [batch, depth, column].</summary>
    public static void Sides(ClSource source, TensorView left, TensorView? right)
    {
        MatrixSide.Add(source, "left", left, depthAxis: 2);
        source.Add("static inline LEFT_INDEX left_start(int b, int m) { return left_matrix(b) + left_line(m); }");
        if (right is not null)
        {
            MatrixSide.Add(source, "right", right, depthAxis: 1);
            source.Add("static inline RIGHT_INDEX right_start(int b) { return right_matrix(b); }");
            source.Add("static inline RIGHT_INDEX right_column(int n) { return right_line(n); }");
        }

        source.Helper("MatMul");
    }

    private static ProductShape ShapeOf(MatMulKernel desc)
    {
        Shape a = desc.Inputs[0].Shape;
        Shape y = desc.Output.Shape;
        bool fits = a.Rank == 3 && y.Rank == 3 && a[0] == y[0] && a[1] == y[1];
        if (fits && desc.Weight is { } weight)
        {
            fits = a[0] == 1 && weight.Groups == 1 && a[2] == weight.Depth && y[2] == weight.Columns;
        }
        else if (fits)
        {
            fits = desc.Inputs[1].Shape == new Shape(a[0], a[2], y[2]);
        }

        if (!fits)
        {
            string right = desc.Weight is { } panels ? $"[{panels.Depth}, {panels.Columns}]" : desc.Inputs[1].Shape.ToString();
            throw new DeviceException($"{desc.Name}: MatMul of {a} by {right} into {y}");
        }

        return new ProductShape(
            checked((int)a[0]), checked((int)a[1]), checked((int)a[2]), checked((int)y[2]), desc.Weight);
    }
}
