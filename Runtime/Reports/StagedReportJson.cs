using System.Text.Json;

namespace FlashMem.Runtime.Reports;

/// <summary>
/// Writes a <see cref="StagedReport"/> as schema <see cref="StagedReport.Schema"/>; a figure that does not apply is null.
/// </summary>
public static class StagedReportJson
{
    /// <summary>Writes the document; the stream stays open.</summary>
    public static void Write(Stream utf8, StagedReport report)
    {
        using var json = new Utf8JsonWriter(utf8, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("schema", StagedReport.Schema);
        json.WriteString("version", report.Version);
        json.WriteString("model", report.Model);
        json.WriteString("policy", report.Policy);
        json.WriteString("weights", report.Weights);
        json.WriteString("activations", report.Activations);
        RunReportJson.WriteNumber(json, "budgetBytes", report.BudgetBytes);
        json.WriteNumber("weightBytes", report.WeightBytes);
        WriteStages(json, report);
        WriteCrossings(json, report);
        WriteTime(json, report);
        RunReportJson.WriteNumber(json, "processPeakRssBytes", report.Process?.PeakResidentBytes);
        RunReportJson.WriteOutputs(json, report.Outputs);
        json.WriteEndObject();
        json.Flush();
    }

    private static void WriteStages(Utf8JsonWriter json, StagedReport report)
    {
        json.WriteStartArray("stages");
        foreach (StageFigures stage in report.Stages)
        {
            json.WriteStartObject();
            json.WriteString("device", stage.Device);
            json.WriteNumber("firstKernel", stage.FirstKernel);
            json.WriteNumber("kernels", stage.Kernels);
            json.WriteNumber("weightBytes", stage.WeightBytes);
            json.WriteNumber("preloadedBytes", stage.PreloadedBytes);
            json.WriteNumber("streamedBytes", stage.StreamedBytes);
            json.WriteNumber("plannedPeakBytes", stage.PlannedPeakBytes);
            json.WriteNumber("peakBytes", stage.PeakBytes);
            RunReportJson.WriteNumber(json, "estimatedMs", stage.EstimatedMs);
            RunReportJson.WriteNumber(json, "plannedFirstRunMs", stage.PlannedFirstRunMs);
            RunReportJson.WriteNumber(json, "plannedRunMs", stage.PlannedRunMs);
            RunReportJson.WriteNumber(json, "aloneMs", stage.AloneMs);
            RunReportJson.WriteNumber(json, "togetherMs", stage.TogetherMs);
            RunReportJson.WriteNumber(json, "stallMs", stage.StallMs);
            RunReportJson.WriteNumber(json, "lockedFileBytes", stage.LockedFileBytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCrossings(Utf8JsonWriter json, StagedReport report)
    {
        json.WriteStartArray("crossings");
        foreach (CrossingFigures crossing in report.Crossings)
        {
            json.WriteStartObject();
            json.WriteNumber("from", crossing.From);
            json.WriteNumber("to", crossing.To);
            json.WriteNumber("values", crossing.Values);
            json.WriteNumber("bytes", crossing.Bytes);
            json.WriteString("way", crossing.Way);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTime(Utf8JsonWriter json, StagedReport report)
    {
        StagedTimes time = report.Time;
        json.WriteStartObject("time");
        json.WriteString("clock", report.IsComposedTime ? "composed" : "measured");
        RunReportJson.WriteNumber(json, "firstRunMs", time.FirstRunMs);
        RunReportJson.WriteNumber(json, "latencyMs", time.LatencyMs);
        json.WriteBoolean("latencyOfFirstRun", time.IsLatencyOfFirstRun);
        RunReportJson.WriteNumber(json, "plannedLatencyMs", time.PlannedLatencyMs);
        json.WriteNumber("togetherRuns", time.TogetherRuns);
        RunReportJson.WriteNumber(json, "togetherLatencyMs", time.TogetherLatencyMs);
        RunReportJson.WriteNumber(json, "runsPerSecond", time.RunsPerSecond);
        RunReportJson.WriteNumber(json, "plannedRunsPerSecond", time.PlannedRunsPerSecond);
        json.WriteEndObject();
    }
}
