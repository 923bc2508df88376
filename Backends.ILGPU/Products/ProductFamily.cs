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
    private const int MostSplitWindows = 1024;

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
        ProductLoop loop = LoopOf<TLeft, TRight>(weight, arguments, build.Shape);
        bool fused = desc.Epilogue is not null;
        Lazy<ProductEntry> any = new(() => build.Programs.Get(Entry<TLeft, TRight>(loop, build.Shape.Cores, fused)).Invoke);
        Lazy<ProductEntry> aligned = wide && loop == ProductLoop.SplitDepth && typeof(TLeft) == typeof(MatrixLeft)
            ? new(() => build.Programs.Get(Entry<WideMatrixLeft, TRight>(loop, build.Shape.Cores, fused)).Invoke)
            : any;

        // Compiled now, not by the first run.
        _ = wide ? aligned.Value : any.Value;
        return new ProductKernel(desc, weight, arguments, wide ? aligned : null, any, build.Shape, loop);
    }

    private static Action<KernelOperands, ProductArguments, ArrayView<Words4>> Entry<TLeft, TRight>(
        ProductLoop loop, ProductCores cores, bool fused)
        where TLeft : struct, ILeft
        where TRight : struct, IRight => (loop, cores, fused) switch
        {
            (ProductLoop.SplitDepth, ProductCores.Tensor, true) => SplitDepthProduct.Run<TLeft, TensorCores, FusedResult>,
            (ProductLoop.SplitDepth, ProductCores.Tensor, false) => SplitDepthProduct.Run<TLeft, TensorCores, PlainResult>,
            (ProductLoop.SplitDepth, _, true) => SplitDepthProduct.Run<TLeft, SharedMultiply, FusedResult>,
            (ProductLoop.SplitDepth, _, false) => SplitDepthProduct.Run<TLeft, SharedMultiply, PlainResult>,
            (ProductLoop.FragmentTiles, ProductCores.Tensor, true) => TensorProduct.Run<TLeft, TensorCores, FusedResult>,
            (ProductLoop.FragmentTiles, ProductCores.Tensor, false) => TensorProduct.Run<TLeft, TensorCores, PlainResult>,
            (ProductLoop.FragmentTiles, _, true) => TensorProduct.Run<TLeft, SharedMultiply, FusedResult>,
            (ProductLoop.FragmentTiles, _, false) => TensorProduct.Run<TLeft, SharedMultiply, PlainResult>,
            (ProductLoop.Tiles, _, true) => TiledProduct.Run<TLeft, TRight, FusedResult>,
            (ProductLoop.Tiles, _, false) => TiledProduct.Run<TLeft, TRight, PlainResult>,
            (_, _, true) => PlainProduct.Run<TLeft, TRight, FusedResult>,
            _ => PlainProduct.Run<TLeft, TRight, PlainResult>,
        };

    /// <summary>By shape alone, never by slices, so that a streamed run has a resident one's bits.</summary>
    private static ProductLoop LoopOf<TLeft, TRight>(PanelLayout? weight, ProductArguments arguments, LaunchShape shape)
        where TLeft : struct, ILeft
        where TRight : struct, IRight
    {
        if (!shape.TiledProducts || weight is { Groups: > 1 })
        {
            return ProductLoop.Elements;
        }

        if (shape.Cores == ProductCores.None || typeof(TRight) != typeof(HalfPanels))
        {
            return ProductLoop.Tiles;
        }

        // Finding a window's elements costs more than a matrix's, so larger tiles pay sooner.
        bool splits = typeof(TLeft) == typeof(MatrixLeft)
            ? arguments.Depth >= SplitDepthProduct.TurnSteps
            : arguments.Depth >= 2 * SplitDepthProduct.TurnSteps && arguments.Rows <= MostSplitWindows;
        return splits ? ProductLoop.SplitDepth : ProductLoop.FragmentTiles;
    }
}
