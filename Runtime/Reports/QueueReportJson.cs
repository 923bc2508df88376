using System.Text.Json;

namespace FlashMem.Runtime.Reports;

/// <summary>Writes a <see cref="QueueReport"/> as schema <see cref="QueueReport.Schema"/>; a figure that does not apply is null.</summary>
public static class QueueReportJson
{
    /// <summary>Writes the document; the stream stays open.</summary>
    public static void Write(Stream utf8, QueueReport report)
    {
        using var json = new Utf8JsonWriter(utf8, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("schema", QueueReport.Schema);
        json.WriteString("version", report.Version);
        json.WriteString("device", report.Device);
        json.WriteString("policy", report.Policy);
        Number(json, "budgetBytes", report.BudgetBytes);
        json.WriteString("handover", report.Handover);
        json.WriteStartArray("notes");
        foreach (string note in report.Notes)
        {
            json.WriteStringValue(note);
        }

        json.WriteEndArray();
        WriteModels(json, report);
        WriteRequests(json, report);
        WriteMemory(json, report.Memory);
        json.WriteStartObject("time");
        Number(json, "totalMs", report.TotalMs);
        Number(json, "plannedTotalMs", report.PlannedTotalMs);
        Number(json, "storageBusyMs", report.StorageBusyMs);
        Number(json, "transferBusyMs", report.TransferBusyMs);
        Number(json, "computeBusyMs", report.ComputeBusyMs);
        json.WriteEndObject();
        RunReportJson.WriteBound(json, report.Bound);
        json.WriteEndObject();
        json.Flush();
    }

    private static void WriteModels(Utf8JsonWriter json, QueueReport report)
    {
        json.WriteStartArray("models");
        foreach (QueuedModelFigures model in report.Models)
        {
            json.WriteStartObject();
            json.WriteString("name", model.Name);
            json.WriteNumber("requests", model.Requests);
            json.WriteNumber("visits", model.Visits);
            json.WriteNumber("weightBytes", model.WeightBytes);
            json.WriteNumber("plannedPeakBytes", model.PlannedPeakBytes);
            Number(json, "medianMs", model.MedianMs);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteRequests(Utf8JsonWriter json, QueueReport report)
    {
        json.WriteStartArray("requests");
        foreach (RequestFigures request in report.Requests)
        {
            json.WriteStartObject();
            json.WriteNumber("index", request.Index);
            json.WriteString("model", request.Model);
            json.WriteBoolean("repeat", request.IsRepeat);
            Number(json, "startMs", request.StartMs);
            Number(json, "endMs", request.EndMs);
            Number(json, "latencyMs", request.LatencyMs);
            Number(json, "plannedMs", request.PlannedMs);
            json.WriteNumber("storageBytes", request.StorageBytes);
            json.WriteNumber("aheadBytes", request.AheadBytes);
            json.WriteNumber("plannedPeakBytes", request.PlannedPeakBytes);
            json.WriteNumber("peakBytes", request.PeakBytes);
            RunReportJson.WriteOutputs(json, request.Outputs);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMemory(Utf8JsonWriter json, QueueMemoryFigures memory)
    {
        json.WriteStartObject("memory");
        WritePeak(json, "planned", memory.Planned);
        WritePeak(json, "allocated", memory.Allocated);
        WritePeak(json, "inUse", memory.InUse);
        Number(json, "meanInUseBytes", memory.MeanInUseBytes);
        Number(json, "processPeakRssBytes", memory.Process?.PeakResidentBytes);
        json.WriteEndObject();
    }

    private static void WritePeak(Utf8JsonWriter json, string name, PeakFigures peak)
    {
        json.WriteStartObject(name);
        json.WriteNumber("peakBytes", peak.Bytes);
        RunReportJson.WritePeakByTier(json, peak.Unified, peak.Texture, peak.Activation);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, long? value) => RunReportJson.WriteNumber(json, name, value);

    private static void Number(Utf8JsonWriter json, string name, double? value) => RunReportJson.WriteNumber(json, name, value);
}
