using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Runtime.Profiling;

/// <summary>The move mode that a device gets, and why.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="Reason">Half a sentence with the numbers.</param>
internal sealed record MoveModeChoice(MoveMode Mode, string Reason)
{
    /// <summary>
    /// The mode under which kernels of the classes that may carry moves carry more within their allowed growth, over the loads that were
    /// measured in both modes and against the kernel that carries nothing in the mode that does so faster; ties go to the copy queue, which needs no carrying kernels.
    /// </summary>
    /// <param name="curves">Both modes' curves, or the copy queue's alone.</param>
    /// <param name="inKernelRefusal">Why kernels cannot move chunks themselves; null when they can.</param>
    public static MoveModeChoice Of(ImmutableArray<LoadCapacityCurve> curves, string? inKernelRefusal)
    {
        if (inKernelRefusal is not null)
        {
            return new MoveModeChoice(MoveMode.CopyQueue, $"kernels cannot move chunks themselves: {inKernelRefusal}");
        }

        long copied = 0;
        long carried = 0;
        foreach (LoadCapacityCurve inKernel in curves.Where(curve => curve.Mode == MoveMode.InKernel))
        {
            LoadCapacityCurve copyQueue = curves.First(curve => curve.Mode == MoveMode.CopyQueue && curve.Class == inKernel.Class);
            long most = Math.Min(inKernel.Points[^1].ExtraBytes, copyQueue.Points[^1].ExtraBytes);
            double growth = inKernel.Class.AllowedGrowth();
            double aloneMs = Math.Min(inKernel.Points[0].Milliseconds, copyQueue.Points[0].Milliseconds);
            carried += Math.Min(most, inKernel.CapacityBytes(aloneMs, growth));
            copied += Math.Min(most, copyQueue.CapacityBytes(aloneMs, growth));
        }

        MoveMode mode = carried > copied ? MoveMode.InKernel : MoveMode.CopyQueue;
        return new MoveModeChoice(
            mode, $"within the allowed growth of their classes kernels carry {carried} bytes inside and {copied} beside them, of loads measured both ways");
    }
}
