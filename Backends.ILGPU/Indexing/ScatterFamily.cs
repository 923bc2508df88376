using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.ILGPU.Elements;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Indexing;

/// <summary>
/// Writes by index: a copy of the data, the updates, then the epilogue in place. Updates that may meet in one element are one thread's work, in
/// index order, so that the last of several wins.
/// </summary>
internal static class ScatterFamily
{
    private const int Reduction = 0;
    private const int IsInteger = 1;

    // Elements: extent of the data's axis, updates along it, elements behind it. Nd: tuples, elements of a slice.
    private const int Extent = 2;
    private const int Updates = 3;
    private const int Inner = 4;
    private const int Part = 5;

    public static IlgpuKernel Compile(ScatterKernel desc, KernelBuild build)
    {
        KernelBuild.Checks.Check(desc, 3);
        KernelBuild.Checks.SameShape(desc, 0);
        KernelBuild.Checks.Require(desc.Inputs[1].Type == ElementType.Int32, desc, $"indices of type {desc.Inputs[1].Type}");
        if (desc.Output.ElementCount == 0)
        {
            return new EmptyKernel(desc);
        }

        Shape indices = desc.Inputs[1].Shape;
        KernelTable table = KernelTable.Of(desc);
        table.Set(Reduction, (int)desc.Reduction);
        table.Set(IsInteger, desc.Output.Type == ElementType.Int32 ? 1 : 0);
        long lanes = desc.Mode == ScatterMode.Elements ? AddElements(desc, table) : AddTuples(desc, table);
        int header = build.Store(table, desc);
        var entries = new List<IndexedEntry>
        {
            IndexedKernel.Plain(build, header, desc.Output.ElementCount, CopyFamily.Run<PlainResult>),
        };
        if (lanes > 0 && indices.ElementCount > 0)
        {
            entries.Add(IndexedKernel.Fallible(
                build, header, lanes, desc.Mode == ScatterMode.Elements ? UpdateElements : UpdateSlices));
        }

        if (desc.Epilogue is not null)
        {
            entries.Add(IndexedKernel.Plain(build, header, desc.Output.ElementCount, ApplyEpilogue));
        }

        return new IndexedKernel(desc, entries);
    }

    [KernelEntry]
    internal static void UpdateElements(KernelOperands operands, ElementArguments arguments, ArrayView<uint> fault)
    {
        ArrayView<uint> table = operands.Table;
        int family = arguments.Header + KernelTable.FamilySlot;
        int extent = (int)table[family + Extent];
        int updates = (int)table[family + Updates];
        int inner = (int)table[family + Inner];
        int places = Walk.FamilyPart(table, arguments.Header, Part);
        for (int lane = Threads.First; lane < arguments.Count; lane += Threads.Step)
        {
            int outer = lane / inner;
            for (int k = 0; k < updates; k++)
            {
                int position = (((outer * updates) + k) * inner) + (lane - (outer * inner));
                int index = IndexCheck.Normalize((int)Walk.Load(operands, arguments.Header, 1, position), extent, fault);
                Update(operands, arguments.Header, Places.At(table, places, position, index), position);
            }
        }
    }

    [KernelEntry]
    internal static void UpdateSlices(KernelOperands operands, ElementArguments arguments, ArrayView<uint> fault)
    {
        ArrayView<uint> table = operands.Table;
        int family = arguments.Header + KernelTable.FamilySlot;
        int updates = (int)table[family + Updates];
        int inner = (int)table[family + Inner];
        int tuples = Walk.FamilyPart(table, arguments.Header, Part);
        for (int lane = Threads.First; lane < arguments.Count; lane += Threads.Step)
        {
            for (int k = 0; k < updates; k++)
            {
                int slice = Tuples.Slice(operands, arguments.Header, tuples, k, fault);
                Update(operands, arguments.Header, (slice * inner) + lane, (k * inner) + lane);
            }
        }
    }

    [KernelEntry]
    internal static void ApplyEpilogue(KernelOperands operands, ElementArguments arguments)
    {
        int output = Walk.Part(operands.Table, arguments.Header, KernelTable.OutputSlot);
        for (int i = Threads.First; i < arguments.Count; i += Threads.Step)
        {
            int address = Walk.Address(operands.Table, output, i);
            operands.Output[address] = Expression.Apply(operands, arguments.Header, i, operands.Output[address]);
        }
    }

    private static void Update(KernelOperands operands, int header, int target, int position)
    {
        int family = header + KernelTable.FamilySlot;
        var reduction = (ScatterReduction)operands.Table[family + Reduction];
        int address = Walk.Address(operands.Table, Walk.Part(operands.Table, header, KernelTable.OutputSlot), target);
        uint update = Walk.Load(operands, header, 2, position);
        uint old = operands.Output[address];
        operands.Output[address] = reduction == ScatterReduction.None ? update
            : operands.Table[family + IsInteger] != 0 ? (uint)Combine(reduction, (int)old, (int)update)
            : Interop.FloatAsInt(Combine(reduction, Interop.IntAsFloat(old), Interop.IntAsFloat(update)));
    }

    private static float Combine(ScatterReduction reduction, float old, float update)
    {
        switch (reduction)
        {
            case ScatterReduction.Add: return old + update;
            case ScatterReduction.Multiply: return old * update;
            case ScatterReduction.Maximum: return FloatOps.Maximum(old, update);
            default: return FloatOps.Minimum(old, update);
        }
    }

    private static int Combine(ScatterReduction reduction, int old, int update)
    {
        switch (reduction)
        {
            case ScatterReduction.Add: return old + update;
            case ScatterReduction.Multiply: return old * update;
            case ScatterReduction.Maximum: return old > update ? old : update;
            default: return old < update ? old : update;
        }
    }

    private static long AddElements(ScatterKernel desc, KernelTable table)
    {
        Shape data = desc.Inputs[0].Shape;
        Shape indices = desc.Inputs[1].Shape;
        KernelBuild.Checks.Require(
            indices.Rank == data.Rank && desc.Inputs[2].Shape == indices, desc, $"indices {indices}, updates {desc.Inputs[2].Shape}");
        long inner = 1;
        for (int i = desc.Axis + 1; i < indices.Rank; i++)
        {
            inner *= indices[i];
        }

        table.Set(Extent, (int)data[desc.Axis]);
        table.Set(Updates, (int)indices[desc.Axis]);
        table.Set(Inner, (int)inner);
        table.Add(Part, Places.Words(indices, data, desc.Axis));
        return indices[desc.Axis] == 0 ? 0 : indices.ElementCount / indices[desc.Axis];
    }

    private static long AddTuples(ScatterKernel desc, KernelTable table)
    {
        Shape data = desc.Inputs[0].Shape;
        Shape indices = desc.Inputs[1].Shape;
        int length = (int)indices[indices.Rank - 1];
        KernelBuild.Checks.Require(length <= data.Rank, desc, $"tuples of {length} into data of shape {data}");
        long inner = 1;
        for (int i = length; i < data.Rank; i++)
        {
            inner *= data[i];
        }

        table.Set(Updates, (int)(indices.ElementCount / Math.Max(1, length)));
        table.Set(Inner, (int)inner);
        table.Add(Part, Tuples.Words(data, 0, length));
        return inner;
    }
}
