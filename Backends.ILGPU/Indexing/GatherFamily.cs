using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.ILGPU.Elements;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Indexing;

/// <summary>Reads by index.</summary>
internal static class GatherFamily
{
    private const int Mode = 0;

    // Axis: extents of the axis, of the indices and of what follows. Nd: slices per batch, tuples per batch, elements of a slice.
    private const int Extent = 1;
    private const int Indices = 2;
    private const int Inner = 3;
    private const int Part = 4;

    public static IlgpuKernel Compile(GatherKernel desc, KernelBuild build)
    {
        if (desc.Mode == GatherMode.FetchedRows)
        {
            return FetchedRowsFamily.Compile(desc, build);
        }

        KernelBuild.Checks.Check(desc, 2);
        Shape data = desc.Inputs[0].Shape;
        Shape indices = desc.Inputs[1].Shape;
        KernelBuild.Checks.Require(desc.Inputs[1].Type == ElementType.Int32, desc, $"indices of type {desc.Inputs[1].Type}");
        KernelTable table = KernelTable.Of(desc);
        table.Set(Mode, (int)desc.Mode);
        switch (desc.Mode)
        {
            case GatherMode.Axis:
                KernelBuild.Checks.Rank(desc, desc.Inputs[0], 3);
                KernelBuild.Checks.Rank(desc, desc.Inputs[1], 1);
                KernelBuild.Checks.Rank(desc, desc.Output, 3);
                RequireSlices(desc, 2, 2);
                table.Set(Extent, (int)data[1]);
                table.Set(Indices, (int)indices[0]);
                table.Set(Inner, (int)data[2]);
                break;
            case GatherMode.Elements:
                KernelBuild.Checks.Rank(desc, desc.Inputs[0], desc.Output.Rank);
                KernelBuild.Checks.SameShape(desc, 1);
                table.Set(Extent, (int)data[desc.Axis]);
                table.Add(Part, Places.Words(indices, data, desc.Axis));
                break;
            default:
                AddTuples(desc, table);
                break;
        }

        long count = desc.Output.ElementCount;
        if (count == 0)
        {
            return new EmptyKernel(desc);
        }

        KernelBuild.Checks.Require(desc.Inputs[0].ElementCount > 0, desc, $"reads elements of empty data of shape {data}");
        return new IndexedKernel(
            desc,
            [IndexedKernel.Fallible(build, build.Store(table, desc), count, desc.Epilogue is null ? Run<PlainResult> : Run<FusedResult>)]);
    }

    [KernelEntry(typeof(PlainResult))]
    [KernelEntry(typeof(FusedResult))]
    internal static void Run<TEpilogue>(KernelOperands operands, ElementArguments arguments, ArrayView<uint> fault)
        where TEpilogue : struct, IEpilogue
    {
        for (int i = Threads.First; i < arguments.Count; i += Threads.Step)
        {
            int source = Source(operands, arguments.Header, i, fault);
            Result.Store<TEpilogue>(operands, arguments.Header, i, Walk.Load(operands, arguments.Header, 0, source));
        }
    }

    private static int Source(KernelOperands operands, int header, int position, ArrayView<uint> fault)
    {
        ArrayView<uint> table = operands.Table;
        int family = header + KernelTable.FamilySlot;
        var mode = (GatherMode)table[family + Mode];
        int extent = (int)table[family + Extent];
        if (mode == GatherMode.Elements)
        {
            int index = IndexCheck.Normalize((int)Walk.Load(operands, header, 1, position), extent, fault);
            return Places.At(table, Walk.FamilyPart(table, header, Part), position, index);
        }

        int count = (int)table[family + Indices];
        int inner = (int)table[family + Inner];
        int place = position / inner;
        int within = position - (place * inner);
        int outer = place / count;
        int slice = mode == GatherMode.Axis
            ? IndexCheck.Normalize((int)Walk.Load(operands, header, 1, place - (outer * count)), extent, fault)
            : Tuples.Slice(operands, header, Walk.FamilyPart(table, header, Part), place, fault);
        return (((outer * extent) + slice) * inner) + within;
    }

    private static void AddTuples(GatherKernel desc, KernelTable table)
    {
        Shape data = desc.Inputs[0].Shape;
        Shape indices = desc.Inputs[1].Shape;
        int length = (int)indices[indices.Rank - 1];
        int dataAxis = desc.BatchDims + length;
        KernelBuild.Checks.Require(
            dataAxis <= data.Rank && desc.Output.Rank == indices.Rank - 1 + data.Rank - dataAxis,
            desc,
            $"tuples of {length} into data of shape {data} for an output of shape {desc.Output.Shape}");
        RequireSlices(desc, dataAxis, indices.Rank - 1);
        long batches = Product(data, 0, desc.BatchDims);
        long places = indices.ElementCount / Math.Max(1, length);
        table.Set(Extent, (int)Product(data, desc.BatchDims, dataAxis));
        table.Set(Indices, (int)(places / Math.Max(1, batches)));
        table.Set(Inner, (int)Product(data, dataAxis, data.Rank));
        table.Add(Part, Tuples.Words(data, desc.BatchDims, length));
    }

    // The axes that are copied whole have the same extents on both sides.
    private static void RequireSlices(GatherKernel desc, int dataAxis, int outputAxis) => KernelBuild.Checks.Require(
        desc.Inputs[0].Shape.Dims.AsSpan()[dataAxis..].SequenceEqual(desc.Output.Shape.Dims.AsSpan()[outputAxis..]),
        desc,
        $"slices of data of shape {desc.Inputs[0].Shape} into an output of shape {desc.Output.Shape}");

    private static long Product(Shape shape, int from, int to)
    {
        long product = 1;
        for (int i = from; i < to; i++)
        {
            product *= shape[i];
        }

        return product;
    }
}
