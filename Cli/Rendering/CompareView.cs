using System.Globalization;
using System.Text.Json;
using FlashMem.Cli.Options;
using FlashMem.Runtime.Reports;
using Spectre.Console;

namespace FlashMem.Cli.Rendering;

/// <summary>
/// A comparison as a table, and as JSON (schema flashmem.compare/1: an array of run documents, and one of predictions where a device and its
/// twin were compared).
/// </summary>
internal static class CompareView
{
    private const int RedirectedWidth = 200;

    public static void Write(IReadOnlyList<CompareRow> rows, string? json)
    {
        if (json is not null)
        {
            JsonOutput.Write(json, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("schema", "flashmem.compare/1");
                writer.WriteStartArray("runs");
                foreach (RunReport report in rows.Select(row => row.Repeated).OfType<RunReport>())
                {
                    WriteDocument(writer, report);
                }

                writer.WriteEndArray();
                WritePredictions(writer, rows);
                writer.WriteEndObject();
            });
        }

        if (json is "")
        {
            return;
        }

        var table = new Table().Border(TableBorder.Rounded);
        foreach (string title in (string[])
            ["device", "policy", "budget", "peak", "first run ms", "repeated ms", "stall ms", "overlap", "streamed per run"])
        {
            table.AddColumn(new TableColumn(title).NoWrap());
        }

        bool predicts = rows.Any(row => row.OfMeasured is not null);
        if (predicts)
        {
            table.AddColumn(new TableColumn("of measured").NoWrap());
        }

        foreach (CompareRow row in rows)
        {
            string[] ratio = predicts ? [row.OfMeasured?.ToString("0.000", CultureInfo.InvariantCulture) ?? "-"] : [];
            table.AddRow([.. Cells(row), .. ratio]);
        }

        if (Console.IsOutputRedirected)
        {
            // A file or pipe has no width to which names would have to be cut.
            AnsiConsole.Profile.Width = RedirectedWidth;
        }

        AnsiConsole.Write(table);
        foreach (string line in rows.Where(row => row.TimeSources is not null).Select(row => $"{row.Device}: {row.TimeSources}").Distinct())
        {
            Console.Out.WriteLine(line);
        }
    }

    private static void WriteDocument(Utf8JsonWriter writer, RunReport report)
    {
        using var document = new MemoryStream();
        RunReportJson.Write(document, report);
        writer.WriteRawValue(document.ToArray());
    }

    private static void WritePredictions(Utf8JsonWriter writer, IReadOnlyList<CompareRow> rows)
    {
        writer.WriteStartArray("predictions");
        foreach (CompareRow row in rows.Where(row => row.OfMeasured is not null))
        {
            writer.WriteStartObject();
            writer.WriteString("device", row.Device);
            writer.WriteString("policy", row.Policy);
            writer.WritePropertyName("budgetBytes");
            if (row.BudgetBytes is { } budget)
            {
                writer.WriteNumberValue(budget);
            }
            else
            {
                writer.WriteNullValue();
            }

            double ratio = row.OfMeasured!.Value;
            writer.WriteNumber("measuredMs", row.Repeated!.Time.MedianMs / ratio);
            writer.WriteNumber("simulatedMs", row.Repeated.Time.MedianMs);
            writer.WriteNumber("ofMeasured", ratio);
            writer.WriteString("kernelTimes", row.TimeSources);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static string[] Cells(CompareRow row)
    {
        string budget = row.BudgetBytes is { } bytes ? ByteSize.Format(bytes) : "none";
        return row is { First: { } first, Repeated: { } repeated }
            ?
            [
                repeated.Device, row.Policy, budget, ByteSize.Format(repeated.Memory.PeakBytes), Number(first.Time.IntegratedMs),
                Number(repeated.Time.MedianMs), Number(repeated.Time.StallMs),
                repeated.Time.Overlap?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-",
                ByteSize.Format(repeated.StreamedBytes),
            ]
            : [row.Device, row.Policy, budget, row.Refused ?? "", "-", "-", "-", "-", "-"];
    }

    private static string Number(double? value) => value?.ToString("0.0", CultureInfo.InvariantCulture) ?? "-";
}
