using FlashMem.Cli.Options;
using FlashMem.Runtime.Reports;

namespace FlashMem.Cli.Rendering;

/// <summary>
/// What verification of a model in stages found, for people and as JSON (schema flashmem.verify/1; <c>device</c> lists them all).
/// </summary>
internal static class StagedVerifyView
{
    public static void Write(StagedReport report, IReadOnlyList<VerifyCheck> checks, string? json)
    {
        string devices = string.Join(',', report.Stages.Select(stage => stage.Device));
        if (json is not null)
        {
            JsonOutput.Write(json, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("schema", "flashmem.verify/1");
                writer.WriteString("model", report.Model);
                writer.WriteString("device", devices);
                writer.WriteNumber("weightBytes", report.WeightBytes);
                writer.WriteNumber("budgetBytes", report.BudgetBytes ?? 0);
                writer.WriteNumber("plannedPeakBytes", report.Stages.Max(stage => stage.PlannedPeakBytes));
                writer.WriteNumber("peakBytes", report.Stages.Max(stage => stage.PeakBytes));
                VerifyView.WriteProcess(writer, report.Process?.PeakResidentBytes);
                VerifyView.WriteChecks(writer, checks);
                writer.WriteEndObject();
            });
        }

        if (json is "")
        {
            return;
        }

        Console.WriteLine(
            $"{report.Model} on {devices}: weights {ByteSize.Format(report.WeightBytes)}, "
            + $"budget {ByteSize.Format(report.BudgetBytes ?? 0)} each");
        VerifyView.WriteChecks(Console.Out, checks);
    }
}
