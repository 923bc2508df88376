using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlashMem.Abstractions.Devices;

namespace FlashMem.Simulator.Specs;

/// <summary>Figures in JSON. Every member is required; a value is finite and not negative.</summary>
internal sealed class FigureConverter : JsonConverter<Figure>
{
    public override Figure Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("a figure is an object with value, unit, kind and source");
        }

        double? value = null;
        string? unit = null;
        FigureKind? kind = null;
        string? source = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string member = reader.GetString()!;
            reader.Read();
            switch (member)
            {
                case "value":
                    value = ReadValue(ref reader);
                    break;
                case "unit":
                    unit = ReadText(ref reader, member);
                    break;
                case "kind":
                    kind = ReadKind(ref reader);
                    break;
                case "source":
                    source = ReadText(ref reader, member);
                    break;
                default:
                    throw new JsonException($"a figure has no member '{member}'; it has value, unit, kind and source");
            }
        }

        if (value is not { } number || unit is null || kind is not { } origin || string.IsNullOrWhiteSpace(source))
        {
            throw new JsonException("a figure needs value, unit, kind and source");
        }

        return new Figure(number, unit, origin, source);
    }

    public override void Write(Utf8JsonWriter writer, Figure value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber("value", value.Value);
        writer.WriteString("unit", value.Unit);
        writer.WriteString("kind", KindName(value.Kind));
        writer.WriteString("source", value.Source);
        writer.WriteEndObject();
    }

    private static double ReadValue(ref Utf8JsonReader reader)
    {
        double value = reader.TokenType switch
        {
            JsonTokenType.Number => reader.GetDouble(),
            JsonTokenType.String => ParseSize(reader.GetString()!),
            _ => throw new JsonException("a figure's value is a number or a size like \"4KiB\""),
        };
        return double.IsFinite(value) && value >= 0 ? value : throw new JsonException($"a figure's value cannot be {value}");
    }

    private static double ParseSize(string text)
    {
        foreach ((string suffix, double bytes) in Quantity.ByteMultiples)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan()[..^suffix.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out double n))
            {
                return n * bytes;
            }
        }

        throw new JsonException($"'{text}' is no number and no size; sizes end in KiB, MiB, GiB, KB, MB or GB");
    }

    private static string ReadText(ref Utf8JsonReader reader, string member) =>
        reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException($"a figure's {member} is a text");

    private static FigureKind ReadKind(ref Utf8JsonReader reader)
    {
        string text = ReadText(ref reader, "kind");
        foreach (FigureKind kind in Enum.GetValues<FigureKind>())
        {
            if (KindName(kind) == text)
            {
                return kind;
            }
        }

        throw new JsonException($"a figure's kind is measured, datasheet, derived or estimate, not '{text}'");
    }

    private static string KindName(FigureKind kind) => kind switch
    {
        FigureKind.Measured => "measured",
        FigureKind.Datasheet => "datasheet",
        FigureKind.Derived => "derived",
        FigureKind.Estimate => "estimate",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown kind of figure"),
    };
}
