using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;
using ILGPU.Runtime;

namespace FlashMem.Backends.ILGPU.Elements;

/// <summary>A kernel that is one launch over elements.</summary>
/// <param name="desc">What it computes.</param>
/// <param name="entry">Its entry point.</param>
/// <param name="arguments">The entry point's.</param>
/// <param name="config">Its threads.</param>
internal sealed class ElementKernel(
    KernelDesc desc,
    Action<AcceleratorStream, KernelConfig, KernelOperands, ElementArguments> entry,
    ElementArguments arguments,
    KernelConfig config) : IlgpuKernel(desc)
{
    /// <summary>A kernel over the output's elements, without work when there are none.</summary>
    public static IlgpuKernel Over(
        KernelDesc desc, KernelTable table, KernelBuild build, Action<KernelOperands, ElementArguments> entry)
    {
        long count = desc.Output.ElementCount;
        return count == 0
            ? new EmptyKernel(desc)
            : new ElementKernel(
                desc,
                build.Programs.Get(entry),
                new ElementArguments { Header = build.Store(table, desc), Count = (int)count },
                build.Shape.Elements(count));
    }

    public override void Launch(Launch launch) => entry(launch.Stream, config, launch.Operands, arguments);
}
