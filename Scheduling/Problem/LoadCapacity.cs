using FlashMem.Abstractions.Kernels;

namespace FlashMem.Scheduling.Problem;

/// <summary>
/// How many extra bytes a step can move from unified to texture memory while its latency stays within its class' allowed growth
/// (FlashMem paper, section 4.2: 300 %, 20 % and 0 %).
/// </summary>
/// <remarks>
/// A model, not a profile: a kernel's own traffic and its moves follow one another, each at its bandwidth, and arithmetic runs beside both.
/// With growth g a step of base time T may take (1 + g) T, of which its own traffic takes bytes / memory bandwidth; what is left moves
/// chunks at the transfer bandwidth. On a phone, where both go over one bus, the two bandwidths are about equal. Hierarchical steps move
/// nothing. Loads from storage into unified memory are direct memory access and are not limited by it.
/// </remarks>
public static class LoadCapacity
{
    /// <summary>Extra bytes for a step of this class.</summary>
    /// <param name="operatorClass">Class of the step's kernel.</param>
    /// <param name="baseMs">Its time without moves.</param>
    /// <param name="bytes">Bytes that it touches itself.</param>
    /// <param name="rates">The device's bandwidths.</param>
    public static long Of(OperatorClass operatorClass, double baseMs, long bytes, PlanRates rates)
    {
        if (operatorClass == OperatorClass.Hierarchical)
        {
            return 0;
        }

        double leftMs = (baseMs * (1 + operatorClass.AllowedGrowth())) - rates.TrafficMs(bytes);
        return (long)Math.Clamp(leftMs / 1e3 * rates.TransferBytesPerSecond, 0, long.MaxValue / 2);
    }
}
