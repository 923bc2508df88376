namespace FlashMem.Simulator.Device;

/// <summary>What goes wrong on a simulated device. By default nothing does. Reads count from 0 over the life of the device.</summary>
public sealed record SimulatorFaults
{
    /// <summary>Storage takes so many times as long, latency and bytes; at least 1.</summary>
    public double StorageSlowdown { get; init; } = 1;

    /// <summary>The read that fails when it should complete; null for none.</summary>
    public long? FailingRead { get; init; }

    /// <summary>
    /// The read that never completes and holds storage up; null for none. It fails once nothing else can happen, since nobody would ever
    /// wait so long.
    /// </summary>
    public long? StalledRead { get; init; }

    /// <summary>Memory that can be allocated over all tiers in bytes; null for no limit.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>
    /// Kernels, copies and reads take up to this share longer, by chance; 0 for none. The chance depends on the device's seed alone.
    /// </summary>
    public double Jitter { get; init; }
}
