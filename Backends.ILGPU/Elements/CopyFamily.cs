using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Expressions;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Elements;

/// <summary>Strided copies.</summary>
internal static class CopyFamily
{
    public static IlgpuKernel Compile(CopyKernel desc, KernelBuild build)
    {
        KernelBuild.Checks.Check(desc, 1);
        KernelBuild.Checks.SameShape(desc, 0);
        return Compile(desc, KernelTable.Of(desc), build);
    }

    /// <summary>A copy of input 0 by a table that is made already.</summary>
    public static IlgpuKernel Compile(KernelDesc desc, KernelTable table, KernelBuild build) =>
        ElementKernel.Over(desc, table, build, desc.Epilogue is null ? Run<PlainResult> : Run<FusedResult>);

    [KernelEntry(typeof(PlainResult))]
    [KernelEntry(typeof(FusedResult))]
    internal static void Run<TEpilogue>(KernelOperands operands, ElementArguments arguments)
        where TEpilogue : struct, IEpilogue
    {
        for (int i = Threads.First; i < arguments.Count; i += Threads.Step)
        {
            Result.Store<TEpilogue>(operands, arguments.Header, i, Walk.Load(operands, arguments.Header, 0, i));
        }
    }
}
