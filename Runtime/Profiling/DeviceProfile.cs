using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Measurements;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Runtime.Profiling;

/// <summary>What was measured on a device: figures to plan with, and how much its kernels can carry.</summary>
public sealed record DeviceProfile
{
    /// <summary>Name and version of the file format.</summary>
    public const string Schema = "flashmem.profile/1";

    /// <summary>Device as on the command line.</summary>
    public required string Device { get; init; }

    /// <summary>Every figure is of kind measured, its source says how.</summary>
    public required DeviceSpec Spec { get; init; }

    /// <summary>Reads that hit the operating system's page cache, bytes per second.</summary>
    public required Figure CachedStorageBandwidth { get; init; }

    /// <summary><see cref="Spec"/> for a weight file that is in the page cache.</summary>
    public DeviceSpec CachedSpec => Spec with { StorageBandwidth = CachedStorageBandwidth, StorageLatency = CachedStorageLatency };

    /// <summary>Time of one small read that hits the page cache; the disk's, which is longer, in profiles without a twin's figures.</summary>
    private Figure CachedStorageLatency => Twin is { CachedReads.Times: [var smallest, ..] }
        ? new Figure(smallest.AloneSeconds, "s", FigureKind.Measured, $"one read of {smallest.Bytes} bytes from the page cache at a time")
        : Spec.StorageLatency;

    /// <summary>The figures to plan with.</summary>
    public DeviceSpec SpecFor(bool pageCache) => pageCache ? CachedSpec : Spec;

    /// <summary>
    /// One curve per operator class and move mode; none for kernels that carry no moves, and empty on zero-copy devices, where nothing moves.
    /// </summary>
    public required ImmutableArray<LoadCapacityCurve> LoadCapacities { get; init; }

    /// <summary>The mode that the device gets; null on zero-copy devices.</summary>
    public required MoveMode? MoveMode { get; init; }

    /// <summary>Why it gets this mode, with the numbers; null on zero-copy devices and in files of earlier versions.</summary>
    public string? MoveModeReason { get; init; }

    /// <summary>What a simulated twin needs; null in files of earlier versions.</summary>
    public TwinFigures? Twin { get; init; }

    /// <summary>The profile with the kernels of more models.</summary>
    public DeviceProfile With(IReadOnlyCollection<ModelTimes> models)
    {
        if (models.Count == 0 || Twin is not { } twin)
        {
            return this;
        }

        double[] overheads = [.. models.Select(
            model => Math.Max(0, model.OverheadSeconds - (model.OutputBytes / twin.HostReadBandwidth.Value))).Order()];
        return this with
        {
            Twin = twin with
            {
                RunOverhead = new Figure(
                    overheads[overheads.Length / 2], "s", FigureKind.Measured,
                    $"median over {overheads.Length} models of a run less its kernels, their launches and the fetching of its results"),
                Kernels = ModelTimes.Merge(twin.Kernels, models),
            },
        };
    }
}
