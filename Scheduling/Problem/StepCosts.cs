using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Scheduling.Problem;

/// <summary>What a step takes and carries: by the device's own estimates where it has them, else by the roofline of its figures.</summary>
/// <param name="rates">The device's figures.</param>
/// <param name="estimates">The device's own; null for none.</param>
/// <param name="zeroCopy">Reads go where kernels work, and take processors and memory from them.</param>
/// <param name="mode">How chunks move. Capacities are looked up only where kernels move chunks: a simulator works for each of them.</param>
internal sealed class StepCosts(PlanRates rates, IKernelEstimates? estimates, MoveMode mode, bool zeroCopy)
{
    private readonly IKernelEstimates? carried = mode == MoveMode.InKernel ? estimates : null;

    /// <summary>Time on an idle device, launch included.</summary>
    public double ComputeMs(KernelDesc kernel, PanelRange panels, long flops, long bytes) =>
        estimates?.Time(kernel, panels).Milliseconds ?? rates.ComputeMs(flops, bytes);

    /// <summary>How a kernel and reads slow each other; null where that was not measured.</summary>
    public ReadInterference? BesideReads(OperatorClass operatorClass) => zeroCopy ? estimates?.BesideReads(operatorClass) : null;

    /// <summary>
    /// Bytes that the kernel can move within its class' allowed growth; 0 for kernels that carry nothing. Where the device does not know,
    /// by its figures alone: time that a kernel takes beyond its roofline is not known to be free for moves.
    /// </summary>
    public long LoadCapacityBytes(KernelDesc kernel, PanelRange panels, long flops, long bytes)
    {
        OperatorClass operatorClass = kernel.Class;
        if (!kernel.CarriesMoves || operatorClass == OperatorClass.Hierarchical)
        {
            return 0;
        }

        return carried?.CapacityBytes(kernel, panels, operatorClass.AllowedGrowth())
            ?? LoadCapacity.Of(operatorClass, rates.ComputeMs(flops, bytes), bytes, rates);
    }
}
