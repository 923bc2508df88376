using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FlashMem.Abstractions.Errors;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Frameworks;

/// <summary>The frameworks that come with the simulator: files of <c>Frameworks/</c>, embedded; each is named as its file.</summary>
public static class FrameworkSpecs
{
    private const string Prefix = "FlashMem.Simulator.Frameworks.";
    private const string Suffix = ".json";

    private static readonly Assembly Resources = typeof(FrameworkSpecs).Assembly;

    /// <summary>In alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Resources.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <exception cref="UsageException">There is no such framework; the message lists those that exist.</exception>
    public static FrameworkSpec Load(string name)
    {
        using Stream stream = Resources.GetManifestResourceStream(Prefix + name + Suffix)
            ?? throw new UsageException($"there is no framework '{name}'; there are {string.Join(", ", Names)}");
        return Read(stream, name);
    }

    /// <param name="utf8">The JSON text.</param>
    /// <param name="origin">File or name, for messages.</param>
    /// <exception cref="UsageException">Not a framework spec; the message names the JSON path.</exception>
    public static FrameworkSpec Read(Stream utf8, string origin)
    {
        try
        {
            var body = JsonNode.Parse(utf8) as JsonObject ?? throw new UsageException($"the framework spec '{origin}' is not a JSON object");
            string? schema = (body["schema"] as JsonValue)?.ToString();
            if (schema != FrameworkSpec.Schema)
            {
                throw new UsageException($"the framework spec '{origin}' has schema '{schema}'; this version reads {FrameworkSpec.Schema}");
            }

            body.Remove("schema");
            return body.Deserialize(FrameworkSpecContext.Default.FrameworkSpec)
                ?? throw new UsageException($"the framework spec '{origin}' is null");
        }
        catch (JsonException cause)
        {
            throw new UsageException($"the framework spec '{origin}' is wrong at {cause.Path ?? "$"}: {cause.Message}", cause);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    Converters = [typeof(FigureConverter)])]
[JsonSerializable(typeof(FrameworkSpec))]
internal sealed partial class FrameworkSpecContext : JsonSerializerContext;
