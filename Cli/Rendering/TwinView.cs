using System.Globalization;
using FlashMem.Abstractions.Measurements;
using FlashMem.Cli.Options;
using FlashMem.Simulator.Twin;

namespace FlashMem.Cli.Rendering;

/// <summary>
/// What a profile has for a simulated twin: times by size, what slows what, and how well kernels are estimated that it lacks.
/// </summary>
internal static class TwinView
{
    public static void Write(TwinFigures twin, TextWriter output)
    {
        output.WriteLine();
        Times("reads, disk", twin.DiskReads.Times, output);
        Times("reads, page cache", twin.CachedReads.Times, output);
        Times("copies", twin.Copies, output);
        Slowed("disk", twin.DiskReads.Interference, output);
        Slowed("page cache", twin.CachedReads.Interference, output);
        Slowed("copies", twin.CopyInterference, output);
        foreach (CarriedCost cost in twin.CarriedCosts)
        {
            output.WriteLine(Invariant($"  carried        {cost.Class} kernels take {cost.SecondsPerByte * 1e9:0.####} ns longer per byte"));
        }

        output.WriteLine(Invariant(
            $"  waking storage {twin.DiskReads.WakeSeconds * 1e6:0.#} us of a kernel (disk), {twin.CachedReads.WakeSeconds * 1e6:0.#} us (page cache)"));
        output.WriteLine(Invariant($"  handover       {twin.Handover.Value * 1e6:0.#} us, {twin.Handover.Source}"));
        if (twin.Driver is { } driver)
        {
            output.WriteLine(Invariant(
                $"  handing over   {driver.KernelSeconds * 1e6:0.#} us a kernel, {driver.CopySeconds * 1e6:0.#} us a copy, {driver.WaitSeconds * 1e6:0.#} us more for one that waits for the other queue"));
        }

        output.WriteLine(Invariant($"  host reads     {twin.HostReadBandwidth.Value / 1e9:0.##} GB/s"));
        output.WriteLine(Invariant($"  run overhead   {twin.RunOverhead.Value * 1e6:0.#} us, {twin.RunOverhead.Source}"));
        Kernels(twin, output);
    }

    private static void Kernels(TwinFigures twin, TextWriter output)
    {
        if (twin.Kernels.IsEmpty)
        {
            output.WriteLine("  kernels        none; with --model a simulated twin can run models");
            return;
        }

        output.WriteLine(Invariant(
            $"  kernels        {twin.Kernels.Length} distinct launches measured; others are estimated, tried on those left out of the fit:"));
        foreach (RegressionError error in KernelRegression.CrossValidate(twin.Kernels))
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"    {error.Family,-12} {error.Kernels,4} launches, error {error.MedianError * 100:0} % in the median, "
                + $"{error.LargestError * 100:0} % at most"));
        }
    }

    private static void Times(string what, IReadOnlyCollection<SizedTime> times, TextWriter output)
    {
        foreach (SizedTime time in times)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {what,-18} {ByteSize.Format(time.Bytes),8}: {time.BusySeconds * 1e6,8:0.#} us each of many, "
                + $"{time.AloneSeconds * 1e6,8:0.#} us alone, {time.BesideSeconds * 1e6,8:0.#} us beside kernels"));
        }
    }

    private static void Slowed(string what, IReadOnlyCollection<Interference> found, TextWriter output)
    {
        foreach (Interference one in found)
        {
            output.WriteLine(Invariant(
                $"  {what,-18} {one.Slowed} beside {one.By}{(one.Class is { } kernels ? $" ({kernels})" : "")} take x {one.Factor:0.00}"));
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
