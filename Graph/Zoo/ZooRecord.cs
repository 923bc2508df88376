using System.Text.Json;
using System.Text.Json.Serialization;

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

    /// <summary>The record at a path; null when there is none or it cannot be read.</summary>
    public static ZooRecord? TryRead(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), ZooRecordJson.Default.ZooRecord);
        }
        catch (Exception fault) when (fault is IOException or JsonException)
        {
            return null;
        }
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ZooRecordJson.Default.ZooRecord);
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ZooRecord))]
internal sealed partial class ZooRecordJson : JsonSerializerContext;
