using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Backends.ILGPU.Programs;

/// <summary>A kernel that is ready to launch: its entry points are compiled and its table is on the accelerator.</summary>
internal abstract class IlgpuKernel(KernelDesc desc) : ICompiledKernel
{
    public KernelDesc Desc { get; } = desc;

    /// <summary>
    /// Its data can make it fail. It must stay inside its memory also then and report to <see cref="Launch.Fault"/>; commands that wait for it
    /// are held back until it is known to have gone well.
    /// </summary>
    public virtual bool IsFallible => false;

    /// <summary>Gives the stream the launches of a command.</summary>
    public abstract void Launch(Launch launch);

    /// <summary>What to say when it reported.</summary>
    public virtual RunFailedException Explain((int Index, int Extent) record) =>
        new($"kernel '{Desc.Name}': index {record.Index} is outside an axis of {record.Extent}");
}

/// <summary>A kernel over an output without elements.</summary>
internal sealed class EmptyKernel(KernelDesc desc) : IlgpuKernel(desc)
{
    public override void Launch(Launch launch)
    {
        // There is nothing to compute.
    }
}
