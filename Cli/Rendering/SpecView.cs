using System.Globalization;
using FlashMem.Abstractions.Devices;
using FlashMem.Cli.Options;
using FlashMem.Simulator.Specs;

namespace FlashMem.Cli.Rendering;

/// <summary>A simulated device's figures, one per line: key, value, kind and source.</summary>
internal static class SpecView
{
    public static void Write(SimulatorSpec spec, TextWriter output)
    {
        IReadOnlyList<SpecEntry> entries = SpecFigures.Of(spec);
        int keys = entries.Max(entry => entry.Key.Length);
        output.WriteLine($"{spec.Name}: {spec.Description}");
        foreach (SpecEntry entry in entries)
        {
            string line = entry.Figure is { } figure
                ? $"{Value(figure),-14} {figure.Kind.ToString().ToLowerInvariant(),-9}  {figure.Source}"
                : entry.Text ?? "";
            output.WriteLine($"  {entry.Key.PadRight(keys)}  {line}");
        }
    }

    private static string Value(Figure figure) => figure.Unit switch
    {
        "B" => ByteSize.Format((long)figure.Value),
        "B/s" => $"{Number(figure.Value / 1e9)} GB/s",
        "s" => figure.Value < 1e-6 ? $"{Number(figure.Value * 1e9)} ns" : $"{Number(figure.Value * 1e6)} us",
        "Hz" => $"{Number(figure.Value / 1e6)} MHz",
        "1" => Number(figure.Value),
        _ => $"{Number(figure.Value)} {figure.Unit}",
    };

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
