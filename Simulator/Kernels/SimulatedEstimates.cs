using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Time;

namespace FlashMem.Simulator.Kernels;

/// <summary>The kernel times of a simulated device as its planner sees them: those by which it runs, jitter and setup left out.</summary>
/// <param name="timer">Times the device's kernels.</param>
/// <param name="asTimed">A kernel in the layout in which the device times it.</param>
/// <param name="launch">Cost of a launch.</param>
internal sealed class SimulatedEstimates(IKernelTimer timer, Func<KernelDesc, KernelDesc> asTimed, DeviceTime launch) : IKernelEstimates
{
    public bool AreExact => true;

    // The simulated memory system sees to it; plans charge the bytes that reads write.
    public ReadInterference? BesideReads(OperatorClass operatorClass) => null;

    public string Identity => timer.Identity;

    public DeviceTime Time(KernelDesc kernel, PanelRange panels) => launch + timer.Time(asTimed(kernel), panels, 0).Alone;

    public long? CapacityBytes(KernelDesc kernel, PanelRange panels, double growth) =>
        new LoadCapacityCurve(timer, asTimed(kernel), panels).CapacityWithin(growth);
}
