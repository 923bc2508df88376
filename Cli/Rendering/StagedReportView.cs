using System.Globalization;
using FlashMem.Cli.Options;
using FlashMem.Runtime.Reports;

namespace FlashMem.Cli.Rendering;

/// <summary>A model over several devices as a person reads it: the stages, what crosses between them, then the whole.</summary>
internal static class StagedReportView
{
    public static void Write(StagedReport report, TextWriter output)
    {
        string budget = report.BudgetBytes is { } bytes ? $"a budget of {ByteSize.Format(bytes)} each" : "no budget";
        output.WriteLine(
            $"{report.Model} in {report.Stages.Length} stages, {PrecisionText.Of(report.Weights, report.Activations)}, policy {report.Policy}, {budget}");
        output.WriteLine();
        int width = Math.Max("device".Length, report.Stages.Max(stage => stage.Device.Length));
        output.WriteLine(
            $"  {"device".PadRight(width)} {"kernels",11} {"weights",10} {"streamed",10} {"planned",10} {"peak",10} {"predicted",11} "
            + $"{"alone",11} {"together",11} {"waited",11}");
        foreach (StageFigures stage in report.Stages)
        {
            string kernels = $"{stage.FirstKernel}-{stage.FirstKernel + stage.Kernels - 1}";
            double predicted = report.Time.IsLatencyOfFirstRun && stage.TogetherMs is null ? stage.PlannedFirstRunMs : stage.PlannedRunMs;
            output.WriteLine(
                $"  {stage.Device.PadRight(width)} {kernels,11} {ByteSize.Format(stage.WeightBytes),10} "
                + $"{ByteSize.Format(stage.StreamedBytes),10} {ByteSize.Format(stage.PlannedPeakBytes),10} "
                + $"{ByteSize.Format(stage.PeakBytes),10} {Ms(predicted),11} {Ms(stage.AloneMs),11} {Ms(stage.TogetherMs),11} "
                + $"{Ms(stage.StallMs),11}");
        }

        output.WriteLine();
        foreach (CrossingFigures crossing in report.Crossings)
        {
            Line(
                "crosses",
                $"{ByteSize.Format(crossing.Bytes)} in {crossing.Values} value(s) from stage {crossing.From + 1} to {crossing.To + 1}, "
                + (crossing.Way == "peer" ? "from device to device" : "by host memory"));
        }

        if (report.Stages.Sum(stage => stage.LockedFileBytes) is > 0 and var locked)
        {
            Line("host weights", $"{ByteSize.Format(locked)} of the host's memory are locked for them, beside the budgets");
        }

        StagedTimes time = report.Time;
        string which = time.IsLatencyOfFirstRun ? "the first run, which loads everything" : "one run alone";
        Line("latency", $"{Ms(time.LatencyMs)}  ({which}); planned {Ms(time.PlannedLatencyMs)}");
        if (!time.IsLatencyOfFirstRun)
        {
            Line("first run", Ms(time.FirstRunMs));
        }

        if (time.RunsPerSecond is { } pace)
        {
            Line(
                "throughput",
                string.Create(CultureInfo.InvariantCulture, $"{pace:0.##} runs/s")
                + $" with all stages busy ({time.TogetherRuns} runs, each {Ms(time.TogetherLatencyMs)}); planned "
                + string.Create(CultureInfo.InvariantCulture, $"{time.PlannedRunsPerSecond:0.##} runs/s"));
        }

        if (report.IsComposedTime)
        {
            Line("time", "composed of the stages' own clocks, since a device is simulated");
        }

        if (report.Process is { } process)
        {
            Line("process", $"{ByteSize.Format(process.PeakResidentBytes)} at most");
        }

        foreach (OutputFigures each in report.Outputs)
        {
            Line("output", $"{each.Name} {each.Shape}" + (each.Sha256 is { } hash ? $"  sha256 {hash[..16]}..." : "  not computed"));
        }

        void Line(string label, string text) => output.WriteLine($"  {label,-14} {text}");
    }

    private static string Ms(double? milliseconds) =>
        milliseconds is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value:0.#} ms") : "-";
}
