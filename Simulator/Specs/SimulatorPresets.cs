using System.Reflection;
using FlashMem.Abstractions.Errors;

namespace FlashMem.Simulator.Specs;

/// <summary>The device specs that come with the simulator: files of <c>Presets/</c>, embedded; a preset is named as its file.</summary>
public static class SimulatorPresets
{
    private const string Prefix = "FlashMem.Simulator.Presets.";

    private const string Suffix = ".json";

    private static readonly Assembly Resources = typeof(SimulatorPresets).Assembly;

    /// <summary>All presets, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Resources.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <exception cref="UsageException">There is no such preset; the message lists those that exist.</exception>
    public static SimulatorSpec Load(string name)
    {
        using Stream stream = Resources.GetManifestResourceStream(Prefix + name + Suffix)
            ?? throw new UsageException($"there is no simulator preset '{name}'; there are {string.Join(", ", Names)}");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return SimulatorSpecJson.Read(bytes.ToArray(), name);
    }
}
