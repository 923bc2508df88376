using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using FlashMem.Cli.Options;
using FlashMem.Cli.Rendering.Plots;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Verdicts;
using Spectre.Console;

namespace FlashMem.Cli.Rendering;

/// <summary>The memory-latency curve as a table, as JSON (schema flashmem.pareto/1) and as a picture.</summary>
internal static class CurveView
{
    private const string Schema = "flashmem.pareto/1";
    private const int RedirectedWidth = 160;

    public static void Write(ImmutableArray<OverlapPlan> plans, double residentMs)
    {
        ImmutableArray<OverlapPlan> front = MemoryLatencyCurve.Front(plans);
        var table = new Table().Border(TableBorder.Rounded);
        foreach (string title in (string[])["budget", "peak", "mean", "repeated ms", "x resident", "least ms", "first run ms", ""])
        {
            table.AddColumn(new TableColumn(title).NoWrap());
        }

        foreach (OverlapPlan plan in plans)
        {
            table.AddRow(
                ByteSize.Format(plan.BudgetBytes!.Value),
                ByteSize.Format(plan.PeakBytes),
                ByteSize.Format(plan.MeanBytes!.Value),
                Text("0.0", plan.RunMs),
                Text("0.00", plan.RunMs / residentMs),
                plan.LatencySlack is null ? Text("0.0", plan.Bound!.Value) : "-",
                Text("0.0", plan.FirstRunMs),
                front.Contains(plan) ? "" : "beaten");
        }

        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Console.Profile.Width = RedirectedWidth;
        }

        AnsiConsole.Write(table);
    }

    public static void WriteJson(string target, string model, ImmutableArray<OverlapPlan> plans, double residentMs, long residentBytes)
    {
        ImmutableArray<OverlapPlan> front = MemoryLatencyCurve.Front(plans);
        JsonOutput.Write(target, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("schema", Schema);
            writer.WriteString("model", model);
            writer.WriteNumber("residentMs", residentMs);
            writer.WriteNumber("residentBytes", residentBytes);
            writer.WriteStartArray("points");
            foreach (OverlapPlan plan in plans)
            {
                WritePoint(writer, plan, front.Contains(plan));
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    /// <summary>Predicted times over budgets: repeated runs, first runs, and resident runs as a dashed line.</summary>
    public static void Plot(string file, string model, ImmutableArray<OverlapPlan> plans, double residentMs)
    {
        var axis = new PlotAxis(plans[0].BudgetBytes!.Value, plans[^1].BudgetBytes!.Value, IsLogarithmic: true);
        double highest = plans.Max(plan => Math.Max(plan.RunMs, plan.FirstRunMs)) * 1.1;
        var plot = new CurvePlot($"{model}: predicted ms by budget; dashed: resident", axis, highest);
        plot.Add("repeated run", [.. plans.Select(plan => ((double)plan.BudgetBytes!.Value, (double?)null, plan.RunMs))]);
        plot.Add("first run", [.. plans.Select(plan => ((double)plan.BudgetBytes!.Value, (double?)null, plan.FirstRunMs))]);
        plot.AddLimit(residentMs);
        plot.Write(file);
    }

    private static void WritePoint(Utf8JsonWriter writer, OverlapPlan plan, bool isOnFront)
    {
        writer.WriteStartObject();
        writer.WriteNumber("budgetBytes", plan.BudgetBytes!.Value);
        writer.WriteNumber("peakBytes", plan.PeakBytes);
        writer.WriteNumber("meanBytes", plan.MeanBytes!.Value);
        writer.WriteNumber("firstMeanBytes", plan.FirstMeanBytes!.Value);
        writer.WriteNumber("runMs", plan.RunMs);
        writer.WriteNumber("firstRunMs", plan.FirstRunMs);
        writer.WriteNumber("gap", plan.Gap!.Value);
        writer.WriteBoolean("isOnFront", isOnFront);
        writer.WriteEndObject();
    }

    private static string Text(string format, double value) => value.ToString(format, CultureInfo.InvariantCulture);
}
