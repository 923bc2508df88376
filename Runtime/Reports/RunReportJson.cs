using System.Collections.Immutable;
using System.Text.Json;

namespace FlashMem.Runtime.Reports;

/// <summary>
/// Writes a <see cref="RunReport"/> as schema <see cref="RunReport.Schema"/>; every field is there, null where it does not apply.
/// </summary>
public static class RunReportJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true };

    /// <summary>Writes the document; the stream stays open.</summary>
    public static void Write(Stream utf8, RunReport report)
    {
        using var json = new Utf8JsonWriter(utf8, Options);
        json.WriteStartObject();
        json.WriteString("schema", RunReport.Schema);
        json.WriteString("version", report.Version);
        json.WriteString("model", report.Model);
        json.WriteString("device", report.Device);
        json.WriteString("policy", report.Policy);
        json.WriteString("weights", report.Weights);
        json.WriteString("activations", report.Activations);
        WriteNumber(json, "budgetBytes", report.BudgetBytes);
        json.WriteNumber("weightBytes", report.WeightBytes);
        json.WriteNumber("preloadedBytes", report.PreloadedBytes);
        WriteNumber(json, "pinnedBytes", report.PinnedBytes);
        json.WriteNumber("streamedBytes", report.StreamedBytes);
        WritePlan(json, report.Plan);
        WriteMemory(json, report.Memory);
        WriteTime(json, report.Time);
        WriteBound(json, report.Bound);
        WriteOutputs(json, report.Outputs);
        json.WriteEndObject();
        json.Flush();
    }

    private static void WritePlan(Utf8JsonWriter json, PlanFigures plan)
    {
        json.WriteStartObject("plan");
        json.WriteString("solver", plan.Solver);
        json.WriteString("status", plan.Status);
        WriteNumber(json, "objective", plan.Objective);
        WriteNumber(json, "bound", plan.Bound);
        WriteNumber(json, "gap", plan.Gap);
        WriteNumber(json, "solveMs", plan.SolveMs);
        json.WriteNumber("chunkBytes", plan.ChunkBytes);
        json.WriteString("hash", plan.Hash);
        json.WriteEndObject();
    }

    private static void WriteMemory(Utf8JsonWriter json, MemoryFigures memory)
    {
        json.WriteStartObject("memory");
        json.WriteNumber("plannedPeakBytes", memory.PlannedPeakBytes);
        json.WriteNumber("peakBytes", memory.PeakBytes);
        WriteNumber(json, "meanBytes", memory.MeanBytes);
        WritePeakByTier(json, memory.PeakUnifiedBytes, memory.PeakTextureBytes, memory.PeakActivationBytes);
        WriteNumber(json, "processPeakRssBytes", memory.Process?.PeakResidentBytes);
        WriteNumber(json, "processAnonymousRssBytes", memory.Process?.AnonymousBytes);
        WriteNumber(json, "processFileRssBytes", memory.Process?.FileBackedBytes);
        WriteNumber(json, "lockedFileBytes", memory.LockedFileBytes);
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, TimeFigures time)
    {
        json.WriteStartObject("time");
        WriteNumber(json, "openDeviceMs", time.Preparation.OpenDeviceMs);
        WriteNumber(json, "importMs", time.Preparation.ImportMs);
        WriteNumber(json, "compileMs", time.Preparation.CompileMs);
        WriteNumber(json, "planMs", time.Preparation.PlanMs);
        WriteNumber(json, "firstRunMs", time.FirstRunMs);
        json.WriteStartArray("runs");
        foreach (double run in time.RunsMs)
        {
            json.WriteNumberValue(Rounded(run));
        }

        json.WriteEndArray();
        WriteNumber(json, "medianMs", time.MedianMs);
        WriteNumber(json, "integratedMs", time.IntegratedMs);
        WriteNumber(json, "storageBusyMs", time.StorageBusyMs);
        WriteNumber(json, "transferBusyMs", time.TransferBusyMs);
        WriteNumber(json, "computeBusyMs", time.ComputeBusyMs);
        WriteNumber(json, "stallMs", time.StallMs);
        WriteNumber(json, "overlap", time.Overlap);
        json.WriteEndObject();
    }

    internal static void WriteBound(Utf8JsonWriter json, BoundFigures bound)
    {
        json.WriteStartObject("bound");
        WriteNumber(json, "storageMs", bound.StorageMs);
        WriteNumber(json, "transferMs", bound.TransferMs);
        WriteNumber(json, "computeMs", bound.ComputeMs);
        WriteNumber(json, "lowerBoundMs", bound.LowerBoundMs);
        WriteNumber(json, "ratioToBound", bound.RatioToBound);
        json.WriteEndObject();
    }

    internal static void WritePeakByTier(Utf8JsonWriter json, long unified, long? texture, long activation)
    {
        json.WriteStartObject("peakByTier");
        json.WriteNumber("unified", unified);
        WriteNumber(json, "texture", texture);
        json.WriteNumber("activation", activation);
        json.WriteEndObject();
    }

    internal static void WriteOutputs(Utf8JsonWriter json, ImmutableArray<OutputFigures> outputs)
    {
        json.WriteStartArray("outputs");
        foreach (OutputFigures output in outputs)
        {
            json.WriteStartObject();
            json.WriteString("name", output.Name);
            json.WriteStartArray("shape");
            foreach (long extent in output.Shape.Dims)
            {
                json.WriteNumberValue(extent);
            }

            json.WriteEndArray();
            json.WriteString("sha256", output.Sha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    internal static void WriteNumber(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    internal static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumber(name, Rounded(number));
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>Six decimals: nanoseconds in milliseconds, and no noise digits.</summary>
    private static double Rounded(double value) => Math.Round(value, 6);
}
