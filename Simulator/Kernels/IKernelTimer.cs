using FlashMem.Abstractions.Kernels;

namespace FlashMem.Simulator.Kernels;

/// <summary>Times launches of kernels; remembers results by what matters of kernel and device. Deterministic. Not thread-safe.</summary>
internal interface IKernelTimer
{
    /// <param name="kernel">The kernel.</param>
    /// <param name="panels">Panels of its streamed weight that the launch computes; default without such a weight.</param>
    /// <param name="carriedBytes">Bytes that the kernel moves from unified to texture memory beside its work.</param>
    KernelTiming Time(KernelDesc kernel, PanelRange panels, long carriedBytes);
}
