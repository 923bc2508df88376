using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Scheduling.Problem;

/// <summary>The figures of a device that planning uses, checked to be positive and finite.</summary>
public sealed record PlanRates
{
    public required double StorageBytesPerSecond { get; init; }

    public required double StorageLatencyMs { get; init; }

    public required double TransferBytesPerSecond { get; init; }

    public required double MemoryBytesPerSecond { get; init; }

    public required double FlopsPerSecond { get; init; }

    public required double LaunchMs { get; init; }

    public static PlanRates From(DeviceSpec spec) => new()
    {
        StorageBytesPerSecond = Positive(spec, nameof(spec.StorageBandwidth), spec.StorageBandwidth),
        StorageLatencyMs = NotNegative(spec, nameof(spec.StorageLatency), spec.StorageLatency) * 1e3,
        TransferBytesPerSecond = Positive(spec, nameof(spec.TransferBandwidth), spec.TransferBandwidth),
        MemoryBytesPerSecond = Positive(spec, nameof(spec.MemoryBandwidth), spec.MemoryBandwidth),
        FlopsPerSecond = Positive(spec, nameof(spec.ComputeRate), spec.ComputeRate),
        LaunchMs = NotNegative(spec, nameof(spec.LaunchLatency), spec.LaunchLatency) * 1e3,
    };

    /// <summary>Time that storage transfers the bytes, without latency.</summary>
    public double StorageMs(long bytes) => bytes / StorageBytesPerSecond * 1e3;

    /// <summary>Time that kernels' access to the bytes takes, nothing else going on.</summary>
    public double TrafficMs(long bytes) => bytes / MemoryBytesPerSecond * 1e3;

    /// <summary>Time that the link to texture memory transfers the bytes, without the cost of starting a copy.</summary>
    public double TransferMs(long bytes) => bytes / TransferBytesPerSecond * 1e3;

    /// <summary>Roofline time of a kernel: launch, then arithmetic beside memory traffic.</summary>
    public double ComputeMs(long flops, long bytes) =>
        LaunchMs + (Math.Max(flops / FlopsPerSecond, bytes / MemoryBytesPerSecond) * 1e3);

    private static double Positive(DeviceSpec spec, string name, Figure figure) =>
        double.IsFinite(figure.Value) && figure.Value > 0
            ? figure.Value
            : throw new UsageException($"device '{spec.Name}': {name} is {figure.Value} {figure.Unit}; it must be above 0");

    private static double NotNegative(DeviceSpec spec, string name, Figure figure) =>
        double.IsFinite(figure.Value) && figure.Value >= 0
            ? figure.Value
            : throw new UsageException($"device '{spec.Name}': {name} is {figure.Value} {figure.Unit}; it must not be negative");
}
