using FlashMem.Abstractions.Tracing;

namespace FlashMem.Simulator.Device;

/// <summary>What it takes to hand a command to a driver, in picoseconds.</summary>
/// <param name="Kernel">A kernel while the transfer queue is idle.</param>
/// <param name="KernelBesideCopies">While it is not.</param>
/// <param name="Copy">A copy while the compute queue is idle.</param>
/// <param name="CopyBesideKernels">While it is not.</param>
internal sealed record DriverTimes(long Kernel, long KernelBesideCopies, long Copy, long CopyBesideKernels)
{
    /// <param name="lane">Of the queue.</param>
    /// <param name="isBeside">The other queue is not idle.</param>
    public long Of(TraceLane lane, bool isBeside) => (lane, isBeside) switch
    {
        (TraceLane.Compute, false) => Kernel,
        (TraceLane.Compute, true) => KernelBesideCopies,
        (_, false) => Copy,
        (_, true) => CopyBesideKernels,
    };
}
