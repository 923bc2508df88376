using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Measurements;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Twin;

/// <summary>Makes the model of a twin: everything that it takes was measured.</summary>
internal static class TwinModel
{
    public static DeviceModel Of(TwinOptions options, TwinKernels kernels)
    {
        TwinFigures figures = options.Figures;
        ReadFigures reads = options.PageCache ? figures.CachedReads : figures.DiskReads;
        long hostReads = Quantities.BytesPerSecond(figures.HostReadBandwidth, "twin.hostReadBandwidth");
        return new DeviceModel
        {
            Name = options.Name,
            Spec = options.Spec,
            Capabilities = figures.Capabilities,
            Contention = new InterferenceContention([.. reads.Interference, .. figures.CopyInterference]),
            Reads = new TwinReadTimes(new SizedTimes(reads.Times, "reads"), reads.WakeSeconds),
            SynchronizationPicoseconds = Quantities.Picoseconds(figures.RunOverhead, "twin.runOverhead"),
            HandoverPicoseconds = Quantities.Picoseconds(figures.Handover, "twin.handover"),
            Driver = figures.Driver is { } driver ? TimesOf(driver) : null,
            HostReads = Rate.PerSecond(hostReads),
            Estimates = MeasuredEstimates.Of(options.Name, figures, options.PageCache),
            Work = (_, jitter) => new TwinWork(
                kernels,
                figures.Copies.IsEmpty ? null : new SizedTimes(figures.Copies, "copies"),
                jitter,
                figures.Capabilities.TextureBlockBytes),
        };
    }

    private static DriverTimes TimesOf(DriverCosts costs)
    {
        return new DriverTimes(
            Picoseconds(costs.KernelSeconds, "kernelSeconds"),
            Picoseconds(costs.CopySeconds, "copySeconds"),
            Picoseconds(costs.WaitSeconds, "waitSeconds"));

        static long Picoseconds(double seconds, string name) =>
            Quantities.Picoseconds(new Figure(seconds, "s", FigureKind.Measured, nameof(DriverCosts)), $"twin.driver.{name}");
    }
}
