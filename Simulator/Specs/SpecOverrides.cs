using System.Globalization;
using System.Text.Json.Nodes;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;

namespace FlashMem.Simulator.Specs;

/// <summary>
/// Changes figures of a spec by their JSON path: <c>memory.textureL1.size=4KiB</c>. A changed figure is an estimate whose source says what
/// it was.
/// </summary>
public static class SpecOverrides
{
    private const int NearestKeys = 3;

    private static readonly string[] Fixed = ["schema", "name", "description"];

    /// <summary>Keys that can be set, in the order of the file.</summary>
    public static IReadOnlyList<string> Keys(SimulatorSpec spec) => [.. SpecFigures.Of(spec).Select(entry => entry.Key)];

    /// <summary>The spec with the changes made, in order.</summary>
    /// <param name="spec">Stays as it is.</param>
    /// <param name="settings">Each <c>KEY=VALUE</c>.</param>
    /// <exception cref="UsageException">
    /// Not KEY=VALUE, an unknown key (names the nearest ones), or a value that the figure cannot have.
    /// </exception>
    public static SimulatorSpec Apply(SimulatorSpec spec, IReadOnlyList<string> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Count == 0)
        {
            return spec;
        }

        JsonObject root = SimulatorSpecJson.ToJson(spec);
        foreach (string setting in settings)
        {
            int at = setting.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || at == setting.Length - 1)
            {
                throw new UsageException($"'{setting}' is not KEY=VALUE; write for example memory.textureL1.size=4KiB");
            }

            Set(root, spec, setting[..at].Trim(), setting[(at + 1)..].Trim());
        }

        return SimulatorSpecJson.Read(root, spec.Name);
    }

    private static void Set(JsonObject root, SimulatorSpec spec, string key, string value)
    {
        string[] path = key.Split('.');
        JsonObject parent = root;
        foreach (string name in path[..^1])
        {
            parent = parent[name] as JsonObject ?? throw Unknown(spec, key);
        }

        JsonNode? node = parent[path[^1]];
        bool isFixed = path is [string only] && Fixed.Contains(only);
        bool isBranch = node is JsonObject part && !IsFigure(part);
        if (node is null || isFixed || isBranch || IsFigure(parent))
        {
            throw Unknown(spec, key);
        }

        if (node is JsonObject figure)
        {
            string unit = figure["unit"]!.GetValue<string>();
            string was = figure["value"]!.GetValue<double>().ToString(CultureInfo.InvariantCulture);
            figure["value"] = Quantity.Parse(value, unit, key);
            figure["kind"] = nameof(FigureKind.Estimate).ToLowerInvariant();
            figure["source"] = $"set to {value}; was {was} {unit} ({figure["source"]!.GetValue<string>()})";
            return;
        }

        parent[path[^1]] = node.GetValueKind() switch
        {
            System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False =>
                bool.TryParse(value, out bool flag) ? flag : throw new UsageException($"{key} is true or false, not '{value}'"),
            System.Text.Json.JsonValueKind.Number =>
                (int)Math.Clamp(Quantity.Parse(value, "1", key), int.MinValue, int.MaxValue),
            _ => value,
        };
    }

    private static bool IsFigure(JsonObject node) => node.ContainsKey("value") && node.ContainsKey("unit");

    private static UsageException Unknown(SimulatorSpec spec, string key)
    {
        IEnumerable<string> nearest = Keys(spec).OrderBy(known => Distance(known, key)).ThenBy(known => known, StringComparer.Ordinal);
        return new UsageException(
            $"'{spec.Name}' has no figure '{key}'; the nearest are {string.Join(", ", nearest.Take(NearestKeys))}");
    }

    /// <summary>Edits that make one name of the other, case aside; a part that is right counts for what surrounds it.</summary>
    private static int Distance(string known, string key)
    {
        int whole = NearestNames.Edits(known, key);
        int last = NearestNames.Edits(known[(known.LastIndexOf('.') + 1)..], key[(key.LastIndexOf('.') + 1)..]);
        return whole + (2 * last);
    }
}
