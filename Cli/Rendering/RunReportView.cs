using System.Globalization;
using FlashMem.Cli.Options;
using FlashMem.Runtime.Reports;

namespace FlashMem.Cli.Rendering;

/// <summary>A run as a person reads it: what was asked, what memory it took, how long it took and why.</summary>
internal static class RunReportView
{
    public static void Write(RunReport report, string? programs, string? estimates, TextWriter output)
    {
        MemoryFigures memory = report.Memory;
        TimeFigures time = report.Time;
        output.WriteLine($"{report.Model} on {report.Device}, {PrecisionText.Of(report.Weights, report.Activations)}, policy {report.Policy} ({report.Plan.Solver}, {report.Plan.Status})");
        output.WriteLine();
        Line("weights", $"{ByteSize.Format(report.WeightBytes)}; {ByteSize.Format(report.PreloadedBytes)} stay resident between runs, "
            + $"{ByteSize.Format(report.StreamedBytes)} are streamed in each");
        if (report.PinnedBytes is { } pinned)
        {
            Line("pinned", $"{ByteSize.Format(pinned)} of them are there before the first kernel");
        }

        Line("budget", report.BudgetBytes is { } budget ? ByteSize.Format(budget) : "none: everything is preloaded");
        Line("planned peak", ByteSize.Format(memory.PlannedPeakBytes));
        string texture = memory.PeakTextureBytes is { } bytes ? $"texture {ByteSize.Format(bytes)}, " : "";
        string process = memory.Process is { } physical ? $"; whole process {ByteSize.Format(physical.PeakResidentBytes)}" : "";
        Line("measured peak", $"{ByteSize.Format(memory.PeakBytes)}  (weights {ByteSize.Format(memory.PeakUnifiedBytes)}, {texture}"
            + $"activations and workspace {ByteSize.Format(memory.PeakActivationBytes)}){process}");
        if (memory.LockedFileBytes is { } locked)
        {
            Line("host weights", $"{ByteSize.Format(locked)} of the host's memory are locked for them, beside the budget");
        }

        string range = time.RunsMs.Length == 1 ? "one run" : $"median of {time.RunsMs.Length} runs, {Ms(time.RunsMs.Min())} to {Ms(time.RunsMs.Max())}";
        Line("latency", $"{Ms(time.MedianMs)}  ({range})");
        if (time.IntegratedMs is { } integrated)
        {
            Line("first run", $"{Ms(integrated)} from the first byte read to the outputs, loading included");
        }

        if (time is { ComputeBusyMs: { } compute, StorageBusyMs: { } storage, StallMs: { } stall })
        {
            Line("of it", $"kernels {Ms(compute)}, storage {Ms(storage)}, kernels waited {Ms(stall)}");
        }

        Line("overlap", time.Overlap is { } overlap ? $"{overlap:P0} of transfer time ran under kernels" : "nothing was transferred");
        if (programs is not null)
        {
            Line("programs", programs);
        }

        if (estimates is not null)
        {
            Line("kernel times", estimates);
        }

        foreach (OutputFigures result in report.Outputs)
        {
            Line("output", $"{result.Name} {result.Shape}" + (result.Sha256 is { } hash ? $"  sha256 {hash[..16]}..." : "  not computed"));
        }

        void Line(string label, string text) => output.WriteLine($"  {label,-14} {text}");
    }

    private static string Ms(double milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.#} ms");
}
