using System.Collections.Immutable;
using System.Text.Json;

namespace FlashMem.Cli.Sweeps;

/// <summary>
/// A sweep's table as JSON (schema flashmem.sweep-rows/1): the rows of the CSV with its column names; numbers are numbers.
/// </summary>
internal static class SweepJson
{
    public const string Schema = "flashmem.sweep-rows/1";

    /// <param name="writer">Where to.</param>
    /// <param name="columns">Of the table.</param>
    /// <param name="rows">In grid order; fewer than points when the sweep was interrupted.</param>
    /// <param name="points">Of the grid.</param>
    public static void Write(Utf8JsonWriter writer, ImmutableArray<SweepColumn> columns, IReadOnlyList<SweepRow> rows, int points)
    {
        writer.WriteStartObject();
        writer.WriteString("schema", Schema);
        writer.WriteNumber("points", points);
        writer.WriteStartArray("rows");
        foreach (SweepRow row in rows)
        {
            writer.WriteStartObject();
            foreach (SweepColumn column in columns)
            {
                writer.WritePropertyName(column.Name);
                Value(writer, column.Value(row));
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Value(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case double number:
                writer.WriteNumberValue(Math.Round(number, 6));
                break;
            default:
                throw new ArgumentException($"no column holds a {value.GetType().Name}", nameof(value));
        }
    }
}
