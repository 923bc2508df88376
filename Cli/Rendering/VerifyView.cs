using System.Text.Json;
using FlashMem.Cli.Options;
using FlashMem.Runtime.Reports;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Cli.Rendering;

/// <summary>What verification found, for people and as JSON (schema flashmem.verify/1).</summary>
internal static class VerifyView
{
    public static void Write(RunReport report, OverlapPlan plan, long? processPeak, IReadOnlyList<VerifyCheck> checks, string? json)
    {
        if (json is not null)
        {
            JsonOutput.Write(json, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("schema", "flashmem.verify/1");
                writer.WriteString("model", report.Model);
                writer.WriteString("device", report.Device);
                writer.WriteNumber("weightBytes", report.WeightBytes);
                writer.WriteNumber("budgetBytes", report.BudgetBytes ?? 0);
                writer.WriteNumber("plannedPeakBytes", report.Memory.PlannedPeakBytes);
                writer.WriteNumber("peakBytes", report.Memory.PeakBytes);
                WriteProcess(writer, processPeak);
                WriteChecks(writer, checks);
                writer.WriteEndObject();
            });
        }

        if (json is "")
        {
            return;
        }

        Console.WriteLine($"{report.Model} on {report.Device}: weights {ByteSize.Format(report.WeightBytes)}, budget "
            + $"{ByteSize.Format(report.BudgetBytes ?? 0)}, {plan.Steps.Length} steps");
        WriteChecks(Console.Out, checks);
        if (processPeak is { } peak)
        {
            Console.WriteLine($"         whole process at most {ByteSize.Format(peak)} while streaming");
        }
    }

    /// <summary>One line for every check.</summary>
    public static void WriteChecks(TextWriter output, IReadOnlyList<VerifyCheck> checks)
    {
        foreach (VerifyCheck check in checks)
        {
            output.WriteLine($"  {(check.Passed ? "ok    " : "FAILED")} {check.Name}: {check.Detail}");
        }
    }

    /// <summary>Fields <c>passed</c> and <c>checks</c>.</summary>
    public static void WriteChecks(Utf8JsonWriter json, IReadOnlyList<VerifyCheck> checks)
    {
        json.WriteBoolean("passed", checks.All(check => check.Passed));
        json.WriteStartArray("checks");
        foreach (VerifyCheck check in checks)
        {
            json.WriteStartObject();
            json.WriteString("name", check.Name);
            json.WriteBoolean("passed", check.Passed);
            json.WriteString("detail", check.Detail);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Field <c>processPeakRssBytes</c>, null where the device's memory is not the process's.</summary>
    public static void WriteProcess(Utf8JsonWriter json, long? peakBytes)
    {
        if (peakBytes is { } bytes)
        {
            json.WriteNumber("processPeakRssBytes", bytes);
        }
        else
        {
            json.WriteNull("processPeakRssBytes");
        }
    }
}
