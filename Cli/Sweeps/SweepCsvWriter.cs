using System.Collections.Immutable;
using System.Globalization;

namespace FlashMem.Cli.Sweeps;

/// <summary>
/// A sweep's table as CSV (RFC 4180, lines end with a line feed): a header, then a row per point, written out at once. Milliseconds have
/// up to six decimals. What does not apply is empty.
/// </summary>
internal sealed class SweepCsvWriter
{
    private static readonly char[] Quoted = [',', '"', '\r', '\n'];

    private readonly TextWriter output;
    private readonly ImmutableArray<SweepColumn> columns;

    /// <param name="output">Stays the caller's.</param>
    /// <param name="columns">Of the table.</param>
    public SweepCsvWriter(TextWriter output, ImmutableArray<SweepColumn> columns)
    {
        this.output = output;
        this.columns = columns;
        Line(columns.Select(column => column.Name));
    }

    public void Write(SweepRow row) => Line(columns.Select(column => Text(column.Value(row))));

    private static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => number.ToString("0.######", CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"no column holds a {value.GetType().Name}", nameof(value)),
    };

    private static string Cell(string text) =>
        text.AsSpan().IndexOfAny(Quoted) < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private void Line(IEnumerable<string> cells)
    {
        output.Write(string.Join(',', cells.Select(Cell)) + '\n');
        output.Flush();
    }
}
