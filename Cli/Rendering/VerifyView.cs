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
                writer.WritePropertyName("processPeakRssBytes");
                if (processPeak is { } bytes)
                {
                    writer.WriteNumberValue(bytes);
                }
                else
                {
                    writer.WriteNullValue();
                }

                writer.WriteBoolean("passed", checks.All(check => check.Passed));
                writer.WriteStartArray("checks");
                foreach (VerifyCheck check in checks)
                {
                    writer.WriteStartObject();
                    writer.WriteString("name", check.Name);
                    writer.WriteBoolean("passed", check.Passed);
                    writer.WriteString("detail", check.Detail);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            });
        }

        if (json is "")
        {
            return;
        }

        Console.WriteLine($"{report.Model} on {report.Device}: weights {ByteSize.Format(report.WeightBytes)}, budget "
            + $"{ByteSize.Format(report.BudgetBytes ?? 0)}, {plan.Steps.Length} steps");
        foreach (VerifyCheck check in checks)
        {
            Console.WriteLine($"  {(check.Passed ? "ok    " : "FAILED")} {check.Name}: {check.Detail}");
        }

        if (processPeak is { } peak)
        {
            Console.WriteLine($"         whole process at most {ByteSize.Format(peak)} while streaming");
        }
    }
}
