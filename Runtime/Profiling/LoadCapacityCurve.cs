using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Runtime.Profiling;

/// <summary>Latency of one kernel while chunks move beside or inside it (FlashMem paper, figure 2).</summary>
/// <param name="Class">Operator class that the kernel stands for.</param>
/// <param name="Kernel">The kernel, with its shape.</param>
/// <param name="Mode">How the chunks move.</param>
/// <param name="InputBytes">Bytes that the kernel itself reads.</param>
/// <param name="Points">By extra bytes, the first without any.</param>
public sealed record LoadCapacityCurve(
    OperatorClass Class, string Kernel, MoveMode Mode, long InputBytes, ImmutableArray<LoadPoint> Points)
{
    /// <summary>
    /// Largest measured load whose latency stays within the growth allowed; 0 when none does, and where none is allowed, because equal
    /// times differ by noise.
    /// </summary>
    public long CapacityBytes(double allowedGrowth) => CapacityBytes(Points[0].Milliseconds, allowedGrowth);

    /// <summary>The same against another measurement of the kernel alone.</summary>
    public long CapacityBytes(double aloneMs, double allowedGrowth)
    {
        double limit = aloneMs * (1 + allowedGrowth);
        return allowedGrowth > 0 ? Points.TakeWhile(point => point.Milliseconds <= limit).LastOrDefault()?.ExtraBytes ?? 0 : 0;
    }
}

/// <summary>One measurement of a curve.</summary>
/// <param name="ExtraBytes">Bytes moved from unified to texture memory meanwhile.</param>
/// <param name="Milliseconds">From the kernel's start to the end of kernel and moves; the median.</param>
public sealed record LoadPoint(long ExtraBytes, double Milliseconds);
