namespace FlashMem.Cli.Devices;

/// <summary>What the command line says about simulated devices; it means nothing for others.</summary>
/// <param name="TimingOnly">Simulate time without values.</param>
/// <param name="Set">Changes of figures, each KEY=VALUE.</param>
internal sealed record SimulationSettings(bool TimingOnly, IReadOnlyList<string> Set)
{
    /// <summary>Presets as they are, with values.</summary>
    public static SimulationSettings Default { get; } = new(false, []);
}
