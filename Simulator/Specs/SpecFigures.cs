using System.Text.Json.Nodes;
using FlashMem.Abstractions.Devices;

namespace FlashMem.Simulator.Specs;

/// <summary>A line of a spec: a figure, or the plain value of a capability.</summary>
/// <param name="Key">JSON path.</param>
/// <param name="Figure">Null for a capability.</param>
/// <param name="Text">A capability's value; null for a figure.</param>
public sealed record SpecEntry(string Key, Figure? Figure, string? Text);

/// <summary>The figures of a spec as a list.</summary>
public static class SpecFigures
{
    /// <summary>Everything that a spec says of its device, in the order of the file.</summary>
    public static IReadOnlyList<SpecEntry> Of(SimulatorSpec spec)
    {
        var entries = new List<SpecEntry>();
        foreach ((string name, JsonNode? node) in SimulatorSpecJson.ToJson(spec))
        {
            if (node is JsonObject part)
            {
                Collect(name, part, entries);
            }
        }

        return entries;
    }

    private static void Collect(string path, JsonObject node, List<SpecEntry> entries)
    {
        foreach ((string name, JsonNode? child) in node)
        {
            string key = $"{path}.{name}";
            if (child is not JsonObject part)
            {
                entries.Add(new SpecEntry(key, null, child?.ToString()));
            }
            else if (part["value"] is { } value && part["unit"] is { } unit)
            {
                var figure = new Figure(
                    value.GetValue<double>(),
                    unit.GetValue<string>(),
                    Enum.Parse<FigureKind>(part["kind"]!.GetValue<string>(), ignoreCase: true),
                    part["source"]!.GetValue<string>());
                entries.Add(new SpecEntry(key, figure, null));
            }
            else
            {
                Collect(key, part, entries);
            }
        }
    }
}
