using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Measurements;
using FlashMem.Graph.Ir;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Twin;
using FlashMem.Tests.Scheduling;

namespace FlashMem.Tests.Simulator.Twin;

/// <summary>Profiles that nobody measured: figures of a twin with the kernels that a test names.</summary>
internal static class MadeUpTwins
{
    public static TwinFigures Figures(DeviceCapabilities capabilities, params ImmutableArray<MeasuredKernel> kernels) => new()
    {
        Capabilities = capabilities,
        DiskReads = Reads,
        CachedReads = Reads,
        Copies = capabilities.ZeroCopy ? [] : [new SizedTime(1 << 20, 1e-4, 1.1e-4, 1.2e-4)],
        CopyInterference = [],
        CarriedCosts = [],
        Handover = Figure(1e-6, "s"),
        HostReadBandwidth = Figure(1e9, "B/s"),
        RunOverhead = Figure(1e-5, "s"),
        Kernels = kernels,
    };

    /// <summary>A launch of a kernel as if it had been measured.</summary>
    public static MeasuredKernel Measured(KernelDesc kernel, int panels, double launchSeconds, double seconds)
    {
        (long flops, long bytes) = KernelWork.OfLaunch(kernel, panels);
        return new MeasuredKernel
        {
            Signature = KernelSignature.Of(kernel), Name = kernel.Name, Family = kernel.Family, Class = kernel.Class, Panels = panels,
            Flops = flops, Bytes = bytes, LaunchSeconds = launchSeconds, Seconds = seconds,
        };
    }

    /// <summary>Every distinct kernel of a graph, whole and in slices of one panel; none takes what a roofline says.</summary>
    public static ImmutableArray<MeasuredKernel> Kernels(KernelGraph graph) =>
    [
        .. graph.Kernels.Select(node => node.Desc).DistinctBy(KernelSignature.Of).SelectMany(
            desc => (desc.Panels is { } weight ? (int[])[1, weight.PanelCount] : [0]).Distinct(),
            (desc, panels) => Measured(desc, panels, 2e-6, 1e-4 * (3 + panels))),
    ];

    public static SimulatedDevice Open(TwinFigures figures) => SimulatedDevice.OpenTwin(
        new TwinOptions { Name = "sim:made-up.json", Spec = Problems.Spec(), Figures = figures });

    private static ReadFigures Reads { get; } = new([new SizedTime(1 << 20, 1e-3, 1.1e-3, 1.2e-3)], [], 0);

    private static Figure Figure(double value, string unit) => new(value, unit, FigureKind.Estimate, "invented for tests");
}
