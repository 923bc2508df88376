namespace FlashMem.Abstractions.Devices;

/// <summary>Where a figure comes from.</summary>
public enum FigureKind
{
    Measured,
    Datasheet,
    Derived,
    Estimate,
}

/// <summary>A number with its unit and its origin; no figure stands without one.</summary>
public sealed record Figure(double Value, string Unit, FigureKind Kind, string Source);

/// <summary>
/// The figures by which a device is planned for and simulated. Planner and simulator read the same ones. Bandwidths are in bytes per
/// second, rates in operations per second, latencies in seconds, capacities in bytes.
/// </summary>
public sealed record DeviceSpec
{
    public required string Name { get; init; }

    /// <summary>Sequential reads of chunk-sized requests.</summary>
    public required Figure StorageBandwidth { get; init; }

    /// <summary>Time of one small read.</summary>
    public required Figure StorageLatency { get; init; }

    /// <summary>Unified to texture memory; equal to memory bandwidth on a zero-copy device.</summary>
    public required Figure TransferBandwidth { get; init; }

    /// <summary>Kernels' access to activations.</summary>
    public required Figure MemoryBandwidth { get; init; }

    /// <summary>Dense matrix arithmetic, floating-point operations per second.</summary>
    public required Figure ComputeRate { get; init; }

    /// <summary>Cost of starting one kernel.</summary>
    public required Figure LaunchLatency { get; init; }

    /// <summary>Kernels read weights from unified memory.</summary>
    public required bool ZeroCopy { get; init; }
}
