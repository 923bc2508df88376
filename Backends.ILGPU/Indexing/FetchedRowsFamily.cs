using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.ILGPU.Elements;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Indexing;

/// <summary>Rows that the runtime fetched from the weight file: copied, and widened to float where they are stored as halves.</summary>
internal static class FetchedRowsFamily
{
    public static IlgpuKernel Compile(GatherKernel desc, KernelBuild build)
    {
        KernelBuild.Checks.Check(desc, 1);
        KernelBuild.Checks.Rank(desc, desc.Output, 2);
        KernelBuild.Checks.SameShape(desc, 0);
        KernelBuild.Checks.Require(
            desc.RowType is ElementType.Float16 or ElementType.Float32 or ElementType.Int32, desc, $"fetched rows of type {desc.RowType}");
        KernelTable table = KernelTable.Of(desc);
        return desc.RowType != ElementType.Float16
            ? CopyFamily.Compile(desc, table, build)
            : ElementKernel.Over(desc, table, build, desc.Epilogue is null ? Widen<PlainResult> : Widen<FusedResult>);
    }

    [KernelEntry(typeof(PlainResult))]
    [KernelEntry(typeof(FusedResult))]
    internal static void Widen<TEpilogue>(KernelOperands operands, ElementArguments arguments)
        where TEpilogue : struct, IEpilogue
    {
        int rows = Walk.Part(operands.Table, arguments.Header, 0);
        for (int i = Threads.First; i < arguments.Count; i += Threads.Step)
        {
            int address = Walk.Address(operands.Table, rows, i);
            uint pair = operands.Input0[address >> 1];
            float value = Halves.Widen((address & 1) != 0 ? pair >> 16 : pair);
            Result.Store<TEpilogue>(operands, arguments.Header, i, value);
        }
    }
}
