using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Images;
using FlashMem.Backends.ILGPU.Memory;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>Matrix products and convolutions.</summary>
internal static class ProductFamily
{
    public static IlgpuKernel Compile(MatMulKernel desc, KernelBuild build)
    {
        KernelBuild.Checks.Check(desc, desc.Weight is null ? 2 : 1);
        KernelBuild.Checks.Rank(desc, desc.Inputs[0], 3);
        KernelBuild.Checks.Rank(desc, desc.Output, 3);
        Shape a = desc.Inputs[0].Shape;
        Shape y = desc.Output.Shape;
        bool fits = desc.Weight is { } weight
            ? weight.Depth == a[2] && weight.Columns == y[2] && weight.Groups == 1
            : desc.Inputs[1].Shape == new Shape(a[0], a[2], y[2]);
        KernelBuild.Checks.Require(
            fits && a[0] == y[0] && a[1] == y[1], desc, $"a product of {a} by {(object?)desc.Weight ?? desc.Inputs[1].Shape} into {y}");
        KernelTable table = KernelTable.Of(desc);
        MatrixLeft.Add(table, desc.Inputs[0]);
        if (desc.Weight is null)
        {
            MatrixRight.Add(table, desc.Inputs[1]);
        }

        var arguments = new ProductArguments
        {
            Batches = (int)a[0], Rows = (int)a[1], Depth = (int)a[2], Columns = (int)y[2], Pixels = 1,
        };
        return desc.Weight is null
            ? Make<MatrixLeft, MatrixRight>(desc, null, table, arguments, MatrixLeft.IsWide(desc.Inputs[0]), build)
            : OfPanels<MatrixLeft>(desc, desc.Weight, table, arguments, MatrixLeft.IsWide(desc.Inputs[0]), build);
    }

    public static IlgpuKernel Compile(ConvKernel desc, KernelBuild build)
    {
        KernelBuild.Checks.Check(desc, desc.Weight is null ? 2 : 1);
        KernelBuild.Checks.Rank(desc, desc.Inputs[0], 4);
        KernelBuild.Checks.Rank(desc, desc.Output, 4);
        Shape x = desc.Inputs[0].Shape;
        Shape y = desc.Output.Shape;
        KernelBuild.Checks.Require(
            x[0] == y[0] && x[1] % desc.Groups == 0 && y[1] % desc.Groups == 0, desc, $"{x} in {desc.Groups} groups into {y}");
        if (desc.Weight is not { } weight)
        {
            return DepthwiseFamily.Compile(desc, build);
        }

        long depth = desc.Kernel.Height * desc.Kernel.Width * (x[1] / desc.Groups);
        KernelBuild.Checks.Require(
            weight.Groups == desc.Groups && weight.Depth == depth && weight.Columns == y[1] / desc.Groups,
            desc,
            $"{x} in {desc.Groups} groups into {y} with kernel {desc.Kernel} and weight {weight}");
        KernelTable table = KernelTable.Of(desc);
        WindowLeft.Add(table, desc);
        var arguments = new ProductArguments
        {
            Batches = 1,
            Rows = checked((int)(y[0] * y[2] * y[3])),
            Depth = checked((int)depth),
            Columns = (int)y[1],
            Pixels = checked((int)(y[2] * y[3])),
        };
        return OfPanels<WindowLeft>(desc, weight, table, arguments, WindowLeft.IsWide(desc), build);
    }

    private static IlgpuKernel OfPanels<TLeft>(
        KernelDesc desc, PanelLayout weight, KernelTable table, ProductArguments arguments, bool wide, KernelBuild build)
        where TLeft : struct, ILeft
    {
        KernelBuild.Checks.Require(
            weight is { PanelWidth: ProductArguments.PanelWidth, DepthInterleave: 1, Type: ElementType.Float16 or ElementType.Float32 },
            desc,
            $"a weight in panels {weight}");
        arguments.PanelsPerGroup = weight.PanelsPerGroup;
        arguments.GroupColumns = weight.Columns;
        return weight.Type == ElementType.Float16
            ? Make<TLeft, HalfPanels>(desc, weight, table, arguments, wide, build)
            : Make<TLeft, FloatPanels>(desc, weight, table, arguments, wide, build);
    }

    private static IlgpuKernel Make<TLeft, TRight>(
        KernelDesc desc, PanelLayout? weight, KernelTable table, ProductArguments arguments, bool wide, KernelBuild build)
        where TLeft : struct, ILeft
        where TRight : struct, IRight
    {
        if (desc.Output.ElementCount == 0)
        {
            return new EmptyKernel(desc);
        }

        arguments.Header = build.Store(table, desc);
        bool tiled = build.Shape.TiledProducts && weight is not { Groups: > 1 };
        bool fused = desc.Epilogue is not null;
        ProductCores cores = tiled && typeof(TRight) == typeof(HalfPanels) ? build.Shape.Cores : ProductCores.None;
        Action<KernelOperands, ProductArguments, ArrayView<Words4>> entry = (tiled, fused) switch
        {
            (true, true) when cores == ProductCores.Tensor => TensorProduct.Run<TLeft, TensorCores, FusedResult>,
            (true, false) when cores == ProductCores.Tensor => TensorProduct.Run<TLeft, TensorCores, PlainResult>,
            (true, true) when cores == ProductCores.Shared => TensorProduct.Run<TLeft, SharedMultiply, FusedResult>,
            (true, false) when cores == ProductCores.Shared => TensorProduct.Run<TLeft, SharedMultiply, PlainResult>,
            (true, true) => TiledProduct.Run<TLeft, TRight, FusedResult>,
            (true, false) => TiledProduct.Run<TLeft, TRight, PlainResult>,
            (false, true) => PlainProduct.Run<TLeft, TRight, FusedResult>,
            _ => PlainProduct.Run<TLeft, TRight, PlainResult>,
        };
        return new ProductKernel(desc, weight, arguments, wide, build.Shape, tiled, build.Programs.Get(entry));
    }
}
