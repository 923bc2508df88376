using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Elements;
using FlashMem.Backends.ILGPU.Operands;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;
using ILGPU.Runtime;

namespace FlashMem.Backends.ILGPU.Indexing;

/// <summary>An entry point of an indexed kernel: operands, arguments, and where it reports.</summary>
internal delegate void IndexedEntry(AcceleratorStream stream, KernelOperands operands, ArrayView<uint> fault);

/// <summary>Launches that depend on indices, one after the other.</summary>
internal sealed class IndexedKernel(KernelDesc desc, IReadOnlyList<IndexedEntry> entries) : IlgpuKernel(desc)
{
    public override bool IsFallible => true;

    /// <summary>A launch over elements that may report.</summary>
    public static IndexedEntry Fallible(
        KernelBuild build, int header, long count, Action<KernelOperands, ElementArguments, ArrayView<uint>> entry)
    {
        var launcher = build.Programs.Get(entry);
        (ElementArguments arguments, KernelConfig config) = Of(build, header, count);
        return (stream, operands, fault) => launcher(stream, config, operands, arguments, fault);
    }

    /// <summary>A launch over elements that cannot fail.</summary>
    public static IndexedEntry Plain(KernelBuild build, int header, long count, Action<KernelOperands, ElementArguments> entry)
    {
        var launcher = build.Programs.Get(entry);
        (ElementArguments arguments, KernelConfig config) = Of(build, header, count);
        return (stream, operands, _) => launcher(stream, config, operands, arguments);
    }

    public override void Launch(Launch launch)
    {
        foreach (IndexedEntry entry in entries)
        {
            entry(launch.Stream, launch.Operands, launch.Fault);
        }
    }

    private static (ElementArguments Arguments, KernelConfig Config) Of(KernelBuild build, int header, long count) =>
        (new ElementArguments { Header = header, Count = checked((int)count) }, build.Shape.Elements(count));
}
