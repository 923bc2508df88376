using System.Globalization;
using System.Text.Json;
using FlashMem.Cli.Options;
using FlashMem.Runtime.Reports;
using Spectre.Console;

namespace FlashMem.Cli.Rendering;

/// <summary>A comparison as a table, and as JSON (schema flashmem.compare/1: an array of run documents).</summary>
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

        foreach (CompareRow row in rows)
        {
            table.AddRow(Cells(row));
        }

        if (Console.IsOutputRedirected)
        {
            // A file or pipe has no width to which names would have to be cut.
            AnsiConsole.Profile.Width = RedirectedWidth;
        }

        AnsiConsole.Write(table);
    }

    private static void WriteDocument(Utf8JsonWriter writer, RunReport report)
    {
        using var document = new MemoryStream();
        RunReportJson.Write(document, report);
        writer.WriteRawValue(document.ToArray());
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
