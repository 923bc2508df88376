using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FlashMem.Abstractions.Errors;

namespace FlashMem.Simulator.Specs;

/// <summary>
/// Device files of the simulator: schema <see cref="SimulatorSpec.Schema"/>, readable JSON. Members are named as the properties in camel
/// case; a figure is <c>{ "value", "unit", "kind", "source" }</c>, its value a number or, for sizes, a text like "4KiB". Members that the
/// schema does not know are refused: a misspelt figure must not count for nothing.
/// </summary>
public static class SimulatorSpecJson
{
    /// <exception cref="UsageException">Not a simulator spec; the message names the JSON path.</exception>
    public static SimulatorSpec ReadFile(string path)
    {
        byte[] utf8;
        try
        {
            utf8 = File.ReadAllBytes(path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"cannot read the simulator spec '{path}': {cause.Message}", cause);
        }

        return Read(utf8, path);
    }

    /// <param name="utf8">The JSON text.</param>
    /// <param name="origin">File or preset, for messages.</param>
    /// <exception cref="UsageException">Not a simulator spec; the message names the JSON path.</exception>
    public static SimulatorSpec Read(ReadOnlySpan<byte> utf8, string origin) => Read(SchemaJson.Parse(utf8, Named(origin)), origin);

    /// <summary>Reads a spec from a tree, which stays as it is: overrides are made on trees.</summary>
    /// <exception cref="UsageException">Not a simulator spec; the message names the JSON path.</exception>
    public static SimulatorSpec Read(JsonObject root, string origin)
    {
        ArgumentNullException.ThrowIfNull(root);
        return SchemaJson.Read(root, SimulatorSpec.Schema, Named(origin), SimulatorSpecContext.Default.SimulatorSpec);
    }

    /// <summary>The tree of a spec, schema first; <see cref="Read(JsonObject, string)"/> gives the spec back.</summary>
    public static JsonObject ToJson(SimulatorSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var body = (JsonObject)JsonSerializer.SerializeToNode(spec, SimulatorSpecContext.Default.SimulatorSpec)!;
        body.Insert(0, "schema", SimulatorSpec.Schema);
        return body;
    }

    public static void Write(Stream utf8, SimulatorSpec spec)
    {
        using var json = new Utf8JsonWriter(utf8, new JsonWriterOptions { Indented = true });
        ToJson(spec).WriteTo(json);
    }

    private static string Named(string origin) => $"simulator spec '{origin}'";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true,
    Converters = [typeof(FigureConverter)])]
[JsonSerializable(typeof(SimulatorSpec))]
internal sealed partial class SimulatorSpecContext : JsonSerializerContext;
