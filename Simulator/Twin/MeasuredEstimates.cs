using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Measurements;
using FlashMem.Abstractions.Time;

namespace FlashMem.Simulator.Twin;

/// <summary>
/// The kernel times of a profile as planners see them: those by which the twin runs, so that one plan is for the device and for its twin.
/// </summary>
public sealed class MeasuredEstimates : IKernelEstimates
{
    private readonly TwinFigures figures;
    private readonly ReadFigures reads;
    private readonly TwinKernels kernels;

    private MeasuredEstimates(string device, TwinFigures figures, bool pageCache)
    {
        this.figures = figures;
        reads = pageCache ? figures.CachedReads : figures.DiskReads;
        kernels = new TwinKernels(device, figures);
        Identity = MeasuredIdentity.Of(figures, reads);
    }

    public bool AreExact => false;

    public string Identity { get; }

    /// <summary>How much of the kernel time asked for so far was measured and how much estimated.</summary>
    public KernelTimeSources Sources => kernels.Sources;

    /// <param name="device">Name of the device, for errors.</param>
    /// <param name="figures">What was measured.</param>
    /// <param name="pageCache">The weight file is in the page cache.</param>
    /// <returns>Null where no kernel was measured.</returns>
    /// <exception cref="UsageException">A time or cost is negative or not finite.</exception>
    public static MeasuredEstimates? Of(string device, TwinFigures figures, bool pageCache)
    {
        ArgumentNullException.ThrowIfNull(figures);
        return figures.Kernels.IsEmpty ? null : new MeasuredEstimates(device, figures, pageCache);
    }

    public DeviceTime Time(KernelDesc kernel, PanelRange panels)
    {
        LaunchTime time = kernels.Time(kernel, panels.Count, 0);
        return new DeviceTime(TwinTime.Picoseconds(time.LaunchSeconds) + TwinTime.Picoseconds(time.Seconds));
    }

    public ReadInterference? BesideReads(OperatorClass operatorClass)
    {
        double Factor(DeviceActivity slowed, DeviceActivity by) =>
            reads.Interference.FirstOrDefault(one => one.Slowed == slowed && one.By == by && one.Class == operatorClass)?.Factor ?? 1;
        return new ReadInterference(
            Math.Max(1, Factor(DeviceActivity.Kernels, DeviceActivity.Reads)),
            Math.Max(1, Factor(DeviceActivity.Reads, DeviceActivity.Kernels)),
            reads.WakeSeconds * 1e3);
    }

    public long? CapacityBytes(KernelDesc kernel, PanelRange panels, double growth) => kernels.CapacityBytes(kernel, panels.Count, growth);

    /// <summary>Half a sentence on <see cref="Sources"/>; where some were estimated, with the errors of left-out kernels.</summary>
    public string Describe() => Sources.Describe(Sources.Estimated == 0 ? [] : KernelRegression.CrossValidate(figures.Kernels));
}
