using System.Text.Json;

namespace FlashMem.Cli.Devices;

/// <summary>What a JSON file says it is.</summary>
internal static class FileSchema
{
    /// <summary>The file's schema; null when it names none or is not JSON, which whoever reads it then says better.</summary>
    public static string? Of(string file)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("schema", out JsonElement schema)
                && schema.ValueKind == JsonValueKind.String
                    ? schema.GetString()
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
