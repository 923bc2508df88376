using System.Text.Json;

namespace FlashMem.Backends.OpenCL.Tuning;

/// <summary>The winner for one kernel signature, as it is kept in a file.</summary>
/// <param name="Kernel">The signature.</param>
/// <param name="Tiles">The winner's <see cref="KernelTiles.Text"/>.</param>
/// <param name="Tried">Candidates that were timed or refused by the driver, the table's included.</param>
/// <param name="Of">Candidates that there were.</param>
/// <param name="TableMs">Milliseconds of a launch with the table's tiles.</param>
/// <param name="BestMs">With the winner's.</param>
internal sealed record TileEntry(string Kernel, string Tiles, int Tried, int Of, double TableMs, double BestMs)
{
    private const string Schema = "flashmem.tiles/1";

    /// <summary>Every candidate was looked at: there is nothing left to tune.</summary>
    public bool IsComplete => Tried == Of;

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("schema", Schema);
            json.WriteString("kernel", Kernel);
            json.WriteString("tiles", Tiles);
            json.WriteNumber("tried", Tried);
            json.WriteNumber("of", Of);
            json.WriteNumber("tableMs", TableMs);
            json.WriteNumber("bestMs", BestMs);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Null, with the problem, for anything but an entry of this schema.</summary>
    public static TileEntry? TryParse(ReadOnlyMemory<byte> bytes, out string? problem)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            problem = root.GetProperty("schema").GetString() == Schema ? null : $"schema {root.GetProperty("schema")} instead of {Schema}";
            return problem is not null ? null : new TileEntry(
                root.GetProperty("kernel").GetString() ?? "",
                root.GetProperty("tiles").GetString() ?? "",
                root.GetProperty("tried").GetInt32(),
                root.GetProperty("of").GetInt32(),
                root.GetProperty("tableMs").GetDouble(),
                root.GetProperty("bestMs").GetDouble());
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            problem = $"not an entry of {Schema}: {cause.Message}";
            return null;
        }
    }
}
