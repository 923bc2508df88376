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
    private readonly TwinKernels kernels;

    private MeasuredEstimates(string device, TwinFigures figures)
    {
        this.figures = figures;
        kernels = new TwinKernels(device, figures);
        Identity = MeasuredIdentity.Of(figures);
    }

    public bool AreExact => false;

    public string Identity { get; }

    /// <summary>How much of the kernel time asked for so far was measured and how much estimated.</summary>
    public KernelTimeSources Sources => kernels.Sources;

    /// <param name="device">Name of the device, for errors.</param>
    /// <param name="figures">What was measured.</param>
    /// <returns>Null where no kernel was measured.</returns>
    /// <exception cref="UsageException">A time or cost is negative or not finite.</exception>
    public static MeasuredEstimates? Of(string device, TwinFigures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        return figures.Kernels.IsEmpty ? null : new MeasuredEstimates(device, figures);
    }

    public DeviceTime Time(KernelDesc kernel, PanelRange panels)
    {
        LaunchTime time = kernels.Time(kernel, panels.Count, 0);
        return new DeviceTime(TwinTime.Picoseconds(time.LaunchSeconds) + TwinTime.Picoseconds(time.Seconds));
    }

    public long? CapacityBytes(KernelDesc kernel, PanelRange panels, double growth) => kernels.CapacityBytes(kernel, panels.Count, growth);

    /// <summary>Half a sentence on <see cref="Sources"/>; where some were estimated, with the errors of left-out kernels.</summary>
    public string Describe() => Sources.Describe(Sources.Estimated == 0 ? [] : KernelRegression.CrossValidate(figures.Kernels));
}
