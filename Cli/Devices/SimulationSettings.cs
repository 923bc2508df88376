using FlashMem.Abstractions.Errors;

namespace FlashMem.Cli.Devices;

/// <summary>What the command line says about simulated devices; it means nothing for others.</summary>
/// <param name="TimingOnly">Simulate time without values.</param>
/// <param name="Set">Changes of figures, each KEY=VALUE.</param>
/// <param name="Faults">What goes wrong, each KIND=VALUE.</param>
internal sealed record SimulationSettings(bool TimingOnly, IReadOnlyList<string> Set, IReadOnlyList<string> Faults)
{
    /// <summary>Twins of measured devices: the weight file is in the page cache. False by default.</summary>
    public bool PageCache { get; init; }

    /// <summary>Presets as they are, with values.</summary>
    public static SimulationSettings Default { get; } = new(false, [], []);

    /// <summary>Time alone, for who asks about a device and runs nothing on it.</summary>
    public static SimulationSettings WithoutValues { get; } = new(true, [], []);

    /// <summary>These settings for the devices that the command line names.</summary>
    /// <exception cref="UsageException">There is something to set and none of the devices is simulated.</exception>
    public SimulationSettings For(params IReadOnlyList<string> devices) =>
        (TimingOnly || Set.Count > 0 || Faults.Count > 0) && !devices.Any(SimulatedDevices.IsNamed)
            ? throw new UsageException(
                $"--timing-only, --set and --fault are for simulated devices; '{string.Join("', '", devices)}' is none")
            : this;
}
