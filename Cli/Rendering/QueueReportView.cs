using System.Globalization;
using FlashMem.Cli.Options;
using FlashMem.Runtime.Reports;

namespace FlashMem.Cli.Rendering;

/// <summary>A queue as a person reads it: the requests in order, then memory and time of the whole.</summary>
internal static class QueueReportView
{
    public static void Write(QueueReport report, TextWriter output)
    {
        string budget = report.BudgetBytes is { } bytes ? $"a budget of {ByteSize.Format(bytes)}" : "no budget";
        output.WriteLine(
            $"{report.Requests.Length} requests to {report.Models.Length} models on {report.Device}, policy {report.Policy}, {budget}, "
            + $"handover {report.Handover}");
        output.WriteLine();
        int width = report.Models.Max(model => model.Name.Length);
        output.WriteLine(
            $"  {"#",3} {"model".PadRight(width)} {"start",10} {"end",10} {"latency",10} {"planned",10} {"read",10} {"ahead",10} "
            + $"{"in use",10}");
        foreach (RequestFigures request in report.Requests)
        {
            output.WriteLine(
                $"  {request.Index,3} {request.Model.PadRight(width)} {Ms(request.StartMs),10} {Ms(request.EndMs),10} "
                + $"{Ms(request.LatencyMs),10} {Ms(request.PlannedMs),10} {ByteSize.Format(request.StorageBytes),10} "
                + $"{ByteSize.Format(request.AheadBytes),10} "
                + $"{ByteSize.Format(request.PeakBytes),10}");
        }

        output.WriteLine();
        QueueMemoryFigures memory = report.Memory;
        Line("planned peak", Peak(memory.Planned));
        string process = memory.Process is { } physical ? $"; whole process {ByteSize.Format(physical.PeakResidentBytes)}" : "";
        Line("measured peak", Peak(memory.Allocated) + process);
        Line("in use", Peak(memory.InUse) + (memory.MeanInUseBytes is { } mean ? $"; mean {ByteSize.Format(mean)}" : ""));
        Line("total", $"{Ms(report.TotalMs)}; planned {Ms(report.PlannedTotalMs)}");
        string transfer = report.TransferBusyMs is { } moved ? $", transfers {Ms(moved)}" : "";
        Line("of it", $"kernels {Ms(report.ComputeBusyMs)}, storage {Ms(report.StorageBusyMs)}{transfer}");
        Line("bound", $"{Ms(report.Bound.LowerBoundMs)} if storage, transfers and kernels never waited and every visit reads its model");
        foreach (string note in report.Notes)
        {
            Line("note", note);
        }

        void Line(string label, string text) => output.WriteLine($"  {label,-14} {text}");
    }

    private static string Peak(PeakFigures peak)
    {
        string texture = peak.Texture is { } bytes ? $"texture {ByteSize.Format(bytes)}, " : "";
        return $"{ByteSize.Format(peak.Bytes)}  (unified {ByteSize.Format(peak.Unified)}, {texture}"
            + $"activations and workspace {ByteSize.Format(peak.Activation)})";
    }

    private static string Ms(double milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.#} ms");
}
