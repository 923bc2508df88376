using System.Globalization;
using FlashMem.Abstractions.Kernels;
using FlashMem.Cli.Rendering.Plots;
using FlashMem.Simulator.Kernels;
using FlashMem.Simulator.Specs;

namespace FlashMem.Benchmarks.Simulator;

/// <summary>How kernels of every class slow down by the bytes that they move beside their work, and how many they can move.</summary>
internal static class LoadCapacityBenchmark
{
    private const string Device = "oneplus-12";

    /// <summary>Extra bytes over the kernel's own input.</summary>
    private static readonly double[] Ratios = [.. Enumerable.Range(0, 33).Select(i => i / 8.0)];

    /// <summary>Top of the picture: growths beyond it are cut.</summary>
    private const double MostPercent = 120;

    /// <param name="folder">Where the picture goes; null for none.</param>
    public static void Run(string? folder)
    {
        var timer = new KernelTimer(SimulatorPresets.Load(Device));
        var plot = new CurvePlot(
            "Adreno 750 (OnePlus 12, simulated): growth of a kernel's time in percent, by bytes carried over bytes read; dashed: 20 %",
            new PlotAxis(0, Ratios[^1], IsLogarithmic: false), MostPercent);
        plot.AddLimit(20);
        Console.WriteLine($"{"load capacity, sim:" + Device,-28} {"class",-13} {"carried / read",14} {"growth at 0.5, 1, 2",22}");
        foreach ((string name, KernelDesc desc) in LoadCapacityKernels.All)
        {
            PanelRange panels = desc.Panels is { } layout ? new PanelRange(0, layout.PanelCount) : default;
            var curve = new LoadCapacityCurve(timer, desc, panels);
            long read = LoadCapacityKernels.InputBytes(desc);
            double carried = curve.CapacityWithin(desc.Class.AllowedGrowth()) / (double)read;
            IReadOnlyList<LoadCapacityPoint> points = curve.Sample(read, Ratios);
            plot.Add(
                name,
                [
                    .. Ratios.Zip(points, (ratio, point) => (ratio, (double?)null, point.Growth * 100))
                        .TakeWhile(point => point.Item3 <= MostPercent),
                ]);
            string growth = string.Join(", ", ((double[])[0.5, 1, 2]).Select(
                ratio => Percent(curve.At((long)(ratio * read)).Growth)));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{name,-28} {desc.Class.ToString().ToLowerInvariant(),-13} {carried,14:0.00} {growth,22}"));
        }

        if (folder is not null)
        {
            plot.Write(Path.Combine(folder, "oneplus-12-load-capacity.svg"));
        }
    }

    private static string Percent(double growth) => string.Create(CultureInfo.InvariantCulture, $"{growth * 100:0} %");
}
