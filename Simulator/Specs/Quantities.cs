using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Simulator.Engine;

namespace FlashMem.Simulator.Specs;

/// <summary>
/// Figures as the integers that the simulator counts with. A figure of a wrong unit, or too small to count with, is an error that names
/// its JSON path.
/// </summary>
internal static class Quantities
{
    /// <summary>Bytes; positive.</summary>
    public static long Bytes(Figure figure, string path) => Whole(figure, path, "B", 1, 1L << 60);

    /// <summary>A number of things; positive. Units differ ("1", "texel").</summary>
    public static int Count(Figure figure, string path) => (int)Whole(figure, path, figure.Unit, 1, int.MaxValue);

    /// <summary>Picoseconds; may be 0.</summary>
    public static long Picoseconds(Figure figure, string path) =>
        Whole(figure with { Value = figure.Value * 1e12, Unit = Unit(figure, path, "s") }, path, "s", 0, 1L << 60);

    /// <summary>Bytes per second; positive.</summary>
    public static long BytesPerSecond(Figure figure, string path) => Whole(figure, path, "B/s", 1, 1L << 60);

    /// <summary>Time per byte of a port whose figure counts by clocks.</summary>
    public static Rate PerClock(Figure figure, Figure clock, string path, string unit) =>
        Rate.PerSecond(Whole(
            figure with { Value = figure.Value * Hertz(clock), Unit = Unit(figure, path, unit) }, path, unit, 1, 1L << 60));

    /// <summary>Clocks per second; positive.</summary>
    public static long Hertz(Figure clock) => Whole(clock, "compute.clock", "Hz", 1, 1L << 50);

    private static string Unit(Figure figure, string path, string unit) => figure.Unit == unit
        ? unit
        : throw new UsageException($"{path} is in '{figure.Unit}'; the simulator counts it in '{unit}'");

    private static long Whole(Figure figure, string path, string unit, long least, long most)
    {
        Unit(figure, path, unit);
        double rounded = Math.Round(figure.Value);
        return rounded >= least && rounded <= most
            ? (long)rounded
            : throw new UsageException($"{path} is {figure.Value} {figure.Unit}; it must lie between {least} and {most}");
    }
}
