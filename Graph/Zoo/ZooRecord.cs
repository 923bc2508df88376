using System.Text.Json;

namespace FlashMem.Graph.Zoo;

/// <summary>The side file that says which data file may be trusted. Written last, after the data are safely on disk.</summary>
/// <param name="Schema">Name and version of this format and of the fill rule.</param>
/// <param name="GraphHash">XxHash128 of the graph that the data belong to.</param>
/// <param name="Bytes">Size of the data file.</param>
/// <param name="DataHash">XxHash3 of the data file, hexadecimal.</param>
/// <param name="ModifiedTicks">Last write time of the data file, UTC ticks; another time means the content must be hashed again.</param>
internal sealed record ZooRecord(string Schema, string GraphHash, long Bytes, string DataHash, long ModifiedTicks)
{
    public const string CurrentSchema = "flashmem.zoo/1";

    private static readonly JsonWriterOptions Options = new() { Indented = true };

    /// <summary>The record at a path; null when there is none or it cannot be read.</summary>
    public static ZooRecord? TryRead(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            return new ZooRecord(
                root.GetProperty("schema").GetString()!,
                root.GetProperty("graphHash").GetString()!,
                root.GetProperty("bytes").GetInt64(),
                root.GetProperty("dataHash").GetString()!,
                root.GetProperty("modifiedTicks").GetInt64());
        }
        catch (Exception fault) when (fault
            is IOException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    public byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            json.WriteString("schema", Schema);
            json.WriteString("graphHash", GraphHash);
            json.WriteNumber("bytes", Bytes);
            json.WriteString("dataHash", DataHash);
            json.WriteNumber("modifiedTicks", ModifiedTicks);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
