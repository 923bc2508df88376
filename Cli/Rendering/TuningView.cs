using System.Globalization;
using FlashMem.Backends.OpenCL.Tuning;

namespace FlashMem.Cli.Rendering;

/// <summary>What tuning found, a line for every distinct kernel, and the sums.</summary>
internal static class TuningView
{
    public static void Write(TuningReport report, TextWriter output)
    {
        foreach (KernelTuning tuning in report.Kernels)
        {
            output.WriteLine(Line(tuning));
        }

        output.WriteLine();
        output.WriteLine($"  kernels    {Ms(report.TableMs)} with the table's tiles, {Ms(report.BestMs)} with the best");
        if (report.WeightImages is { } images)
        {
            string faster = images ? "images" : "buffers";
            output.WriteLine($"  weights    {Ms(report.ImagesMs)} from images, {Ms(report.BuffersMs)} from buffers: {faster} are faster");
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  tuning     {report.Seconds:0} s")
            + (report.IsCut ? "; the time was over before every candidate was tried: the same command goes on" : ""));
    }

    /// <summary>A kernel on one line: times, candidates, what it is and what it gets.</summary>
    public static string Line(KernelTuning tuning) => string.Create(
        CultureInfo.InvariantCulture,
        $"{tuning.Kernels,4} x {tuning.TableMs,8:0.000} ms -> {tuning.BestMs,8:0.000} ms  {tuning.Gain,4:0 %}  "
        + $"{tuning.Tried,2} of {tuning.Candidates,2} {(tuning.IsKept ? "kept " : "tried")}  {tuning.Kernel}: {tuning.Tiles}");

    private static string Ms(double? value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.00} ms");
}
