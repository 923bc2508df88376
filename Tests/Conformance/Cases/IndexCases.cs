using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Tests.Conformance.Cases;

/// <summary>Families that read or write by index.</summary>
internal static class IndexCases
{
    public static KernelCase Gather(CaseBuilder builder) => builder.Number(0, 3) switch
    {
        0 => GatherAxis(builder),
        1 => GatherElements(builder),
        2 => GatherTuples(builder),
        _ => FetchedRows(builder),
    };

    public static KernelCase Scatter(CaseBuilder builder) =>
        builder.Number(0, 1) == 0 ? ScatterElements(builder) : ScatterTuples(builder);

    private static KernelCase GatherAxis(CaseBuilder builder)
    {
        ElementType type = RandomType(builder);
        int axis = builder.Number(1, 30);
        var data = new Shape(builder.Number(1, 4), axis, builder.Number(1, 60));
        int count = builder.Number(1, 20);
        builder.Add(builder.InputView(data, type));
        builder.Add(builder.InputView(new Shape(count), ElementType.Int32), () => builder.Random.Next(-axis, axis));
        return Gather(builder, new Shape(data[0], count, data[2]), type, GatherMode.Axis);
    }

    private static KernelCase GatherElements(CaseBuilder builder)
    {
        ElementType type = RandomType(builder);
        var data = new Shape(builder.Number(1, 6), builder.Number(1, 12), builder.Number(1, 12));
        int axis = builder.Number(0, 2);
        var indices = new Shape(
            [.. Enumerable.Range(0, 3).Select(i => i == axis ? builder.Number(1, 15) : (long)builder.Number(1, (int)data[i]))]);
        builder.Add(builder.InputView(data, type));
        builder.Add(
            builder.InputView(indices, ElementType.Int32), () => builder.Random.Next(-(int)data[axis], (int)data[axis]));
        return Gather(builder, indices, type, GatherMode.Elements, axis);
    }

    private static KernelCase GatherTuples(CaseBuilder builder)
    {
        ElementType type = RandomType(builder);
        int side = builder.Number(1, 7);
        int batchDims = builder.Number(0, 1);
        var data = new Shape(builder.Number(1, 3), side, side, builder.Number(1, 20));
        int tuple = builder.Number(1, data.Rank - batchDims);
        int least = (int)data.Dims.AsSpan().Slice(batchDims, tuple).ToArray().Min();
        var indices = new Shape(batchDims == 1 ? [data[0], builder.Number(1, 5), tuple] : [builder.Number(1, 8), tuple]);
        builder.Add(builder.InputView(data, type));
        builder.Add(builder.InputView(indices, ElementType.Int32), () => builder.Random.Next(-least, least));
        var output = new Shape([.. indices.Dims.Take(indices.Rank - 1), .. data.Dims.Skip(batchDims + tuple)]);
        return Gather(builder, output, type, GatherMode.Nd, batchDims: batchDims);
    }

    private static KernelCase FetchedRows(CaseBuilder builder)
    {
        var shape = new Shape(builder.Number(1, 9), builder.Number(1, 1500));
        ElementType rows = builder.Number(0, 1) == 0 ? ElementType.Float16 : ElementType.Float32;
        builder.Add(builder.Number(0, 1) == 0 ? TensorView.Dense(rows, shape) : builder.OutputView(shape, rows));
        return Gather(builder, shape, ElementType.Float32, GatherMode.FetchedRows, rowType: rows);
    }

    private static KernelCase Gather(
        CaseBuilder builder,
        Shape output,
        ElementType type,
        GatherMode mode,
        int axis = 0,
        int batchDims = 0,
        ElementType rowType = ElementType.Float32)
    {
        ElementwiseProgram? epilogue = builder.Epilogue(output, type);
        var desc = new GatherKernel
        {
            Name = "gather",
            Inputs = builder.Views,
            Output = builder.OutputView(output, type),
            Epilogue = epilogue,
            Mode = mode,
            Axis = axis,
            BatchDims = batchDims,
            RowType = rowType,
        };
        return new KernelCase { Desc = desc, Inputs = builder.Buffers };
    }

    private static KernelCase ScatterElements(CaseBuilder builder)
    {
        ElementType type = RandomType(builder);
        var data = new Shape(builder.Number(1, 6), builder.Number(1, 12), builder.Number(1, 12));
        int axis = builder.Number(0, 2);
        var indices = new Shape([.. data.Dims.Select(extent => (long)builder.Number(1, (int)extent))]);
        builder.Add(builder.InputView(data, type));
        builder.Add(
            builder.InputView(indices, ElementType.Int32), () => builder.Random.Next(-(int)data[axis], (int)data[axis]));
        builder.Add(builder.InputView(indices, type));
        return Scatter(builder, data, type, ScatterMode.Elements, axis);
    }

    private static KernelCase ScatterTuples(CaseBuilder builder)
    {
        ElementType type = RandomType(builder);
        int side = builder.Number(1, 6);
        var data = new Shape(side, side, builder.Number(1, 20));
        int tuple = builder.Number(1, 3);
        int least = (int)data.Dims.AsSpan()[..tuple].ToArray().Min();
        ImmutableArray<long> places = builder.Number(0, 1) == 0 ? [builder.Number(1, 6)] : [2, builder.Number(1, 4)];
        builder.Add(builder.InputView(data, type));
        builder.Add(
            builder.InputView(new Shape([.. places, tuple]), ElementType.Int32), () => builder.Random.Next(-least, least));
        builder.Add(builder.InputView(new Shape([.. places, .. data.Dims.Skip(tuple)]), type));
        return Scatter(builder, data, type, ScatterMode.Nd, 0);
    }

    private static KernelCase Scatter(CaseBuilder builder, Shape output, ElementType type, ScatterMode mode, int axis)
    {
        ElementwiseProgram? epilogue = builder.Epilogue(output, type);
        var desc = new ScatterKernel
        {
            Name = "scatter",
            Inputs = builder.Views,
            Output = builder.OutputView(output, type),
            Epilogue = epilogue,
            Mode = mode,
            Axis = axis,
            Reduction = (ScatterReduction)builder.Number(0, 4),
        };
        return new KernelCase { Desc = desc, Inputs = builder.Buffers };
    }

    private static ElementType RandomType(CaseBuilder builder) =>
        builder.Number(0, 2) == 0 ? ElementType.Int32 : ElementType.Float32;
}
