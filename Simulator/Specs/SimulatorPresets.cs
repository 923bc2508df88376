using FlashMem.Abstractions.Errors;

namespace FlashMem.Simulator.Specs;

/// <summary>The device specs that come with the simulator: files of <c>Presets/</c>, embedded; a preset is named as its file.</summary>
public static class SimulatorPresets
{
    private static readonly EmbeddedSpecs Files = new("Presets", "simulator preset");

    /// <summary>All presets, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = Files.Names();

    /// <exception cref="UsageException">There is no such preset; the message lists those that exist.</exception>
    public static SimulatorSpec Load(string name) => SimulatorSpecJson.Read(Files.Load(name), name);
}
