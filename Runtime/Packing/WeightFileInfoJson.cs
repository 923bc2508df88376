using System.Collections.Immutable;
using System.Text.Json;

namespace FlashMem.Runtime.Packing;

/// <summary>The metadata section of a weight file: JSON, so that <c>head -c 2000</c> shows what a file is.</summary>
internal static class WeightFileInfoJson
{
    public static byte[] Write(WeightFileInfo info)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("toolVersion", info.ToolVersion);
            json.WriteString("modelHash", info.ModelHash);
            json.WriteNumber("targetChunkBytes", info.TargetChunkBytes);
            json.WriteNumber("dataBytes", info.DataBytes);
            json.WriteStartArray("sources");
            foreach (SourceIdentity source in info.Sources)
            {
                json.WriteStartObject();
                json.WriteString("path", source.Path);
                json.WriteNumber("bytes", source.Bytes);
                json.WriteNumber("modifiedNanoseconds", source.ModifiedNanoseconds);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    public static WeightFileInfo Read(ReadOnlyMemory<byte> utf8)
    {
        using JsonDocument document = JsonDocument.Parse(utf8);
        JsonElement root = document.RootElement;
        var sources = ImmutableArray.CreateBuilder<SourceIdentity>();
        foreach (JsonElement source in root.GetProperty("sources").EnumerateArray())
        {
            sources.Add(new SourceIdentity(
                Text(source, "path"), source.GetProperty("bytes").GetInt64(), source.GetProperty("modifiedNanoseconds").GetInt64()));
        }

        return new WeightFileInfo
        {
            ToolVersion = Text(root, "toolVersion"),
            ModelHash = Text(root, "modelHash"),
            TargetChunkBytes = root.GetProperty("targetChunkBytes").GetInt64(),
            DataBytes = root.GetProperty("dataBytes").GetInt64(),
            Sources = sources.ToImmutable(),
        };
    }

    private static string Text(JsonElement parent, string name) =>
        parent.GetProperty(name).GetString() ?? throw new JsonException($"{name} is null");
}
