using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using FlashMem.Abstractions.Errors;

namespace FlashMem.Simulator.Specs;

/// <summary>Reading of JSON files that name their schema; every error names the file, and the JSON path where there is one.</summary>
internal static class SchemaJson
{
    /// <param name="utf8">The JSON text.</param>
    /// <param name="what">What the file is and its name, for errors.</param>
    /// <exception cref="UsageException">Not a JSON object.</exception>
    public static JsonObject Parse(ReadOnlySpan<byte> utf8, string what)
    {
        try
        {
            return JsonNode.Parse(utf8) as JsonObject ?? throw new UsageException($"the {what} is not a JSON object");
        }
        catch (JsonException cause)
        {
            throw new UsageException($"the {what} is not JSON: {cause.Message}", cause);
        }
    }

    /// <param name="root">Stays as it is.</param>
    /// <param name="schema">The schema that it must name.</param>
    /// <param name="what">What the file is and its name, for errors.</param>
    /// <param name="type">What the other members make.</param>
    /// <exception cref="UsageException">Another schema, or members that do not fit it.</exception>
    public static T Read<T>(JsonObject root, string schema, string what, JsonTypeInfo<T> type)
    {
        var body = (JsonObject)root.DeepClone();
        string? found = (body["schema"] as JsonValue)?.ToString();
        if (found != schema)
        {
            throw new UsageException($"the {what} has schema '{found}'; this version reads {schema}");
        }

        body.Remove("schema");
        try
        {
            return body.Deserialize(type) ?? throw new UsageException($"the {what} is null");
        }
        catch (JsonException cause)
        {
            throw new UsageException($"the {what} is wrong at {cause.Path ?? "$"}: {cause.Message}", cause);
        }
    }
}
