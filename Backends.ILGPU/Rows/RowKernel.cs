using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;
using ILGPU.Runtime;

namespace FlashMem.Backends.ILGPU.Rows;

/// <summary>A kernel that is one launch with a group for each row.</summary>
internal sealed class RowKernel(
    KernelDesc desc,
    Action<AcceleratorStream, KernelConfig, KernelOperands, RowArguments> entry,
    RowArguments arguments,
    KernelConfig config) : IlgpuKernel(desc)
{
    /// <summary>A kernel over rows of input 0, without work when the output has no elements.</summary>
    public static IlgpuKernel Over(KernelDesc desc, KernelTable table, KernelBuild build, Action<KernelOperands, RowArguments> entry)
    {
        KernelBuild.Checks.Rank(desc, desc.Inputs[0], 2);
        if (desc.Output.ElementCount == 0)
        {
            return new EmptyKernel(desc);
        }

        (long rows, long inner) = (desc.Inputs[0].Shape[0], desc.Inputs[0].Shape[1]);
        return new RowKernel(
            desc,
            build.Programs.Get(entry),
            new RowArguments { Header = build.Store(table, desc), Rows = (int)rows, Inner = (int)inner },
            build.Shape.Rows(rows, inner));
    }

    public override void Launch(Launch launch) => entry(launch.Stream, config, launch.Operands, arguments);
}
