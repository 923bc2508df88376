using FlashMem.Abstractions.Kernels;

namespace FlashMem.Simulator.Kernels;

/// <summary>Times launches of kernels; remembers results by what matters of kernel and device. Deterministic. Not thread-safe.</summary>
internal interface IKernelTimer
{
    /// <summary>Identity of the figures and the model that times depend on.</summary>
    string Identity { get; }

    /// <param name="kernel">The kernel.</param>
    /// <param name="panels">Panels of its streamed weight that the launch computes; default without such a weight.</param>
    /// <param name="carriedBytes">Bytes that the kernel moves from unified to texture memory beside its work.</param>
    KernelTiming Time(KernelDesc kernel, PanelRange panels, long carriedBytes);

    /// <summary>As <see cref="Time"/>, also for kernels over rows, which no plan lets carry: shows why.</summary>
    KernelTiming TimeAny(KernelDesc kernel, PanelRange panels, long carriedBytes) => Time(kernel, panels, carriedBytes);
}
