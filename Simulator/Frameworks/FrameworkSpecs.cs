using System.Text.Json;
using System.Text.Json.Serialization;
using FlashMem.Abstractions.Errors;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Frameworks;

/// <summary>The frameworks that come with the simulator: files of <c>Frameworks/</c>, embedded; each is named as its file.</summary>
public static class FrameworkSpecs
{
    private static readonly EmbeddedSpecs Files = new("Frameworks", "framework");

    /// <summary>In alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = Files.Names();

    /// <exception cref="UsageException">There is no such framework; the message lists those that exist.</exception>
    public static FrameworkSpec Load(string name) => Read(Files.Load(name), name);

    /// <param name="utf8">The JSON text.</param>
    /// <param name="origin">File or name, for messages.</param>
    /// <exception cref="UsageException">Not a framework spec; the message names the JSON path.</exception>
    public static FrameworkSpec Read(ReadOnlySpan<byte> utf8, string origin)
    {
        string what = $"framework spec '{origin}'";
        return SchemaJson.Read(
            SchemaJson.Parse(utf8, what), FrameworkSpec.Schema, what, FrameworkSpecContext.Default.FrameworkSpec);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    Converters = [typeof(FigureConverter)])]
[JsonSerializable(typeof(FrameworkSpec))]
internal sealed partial class FrameworkSpecContext : JsonSerializerContext;
