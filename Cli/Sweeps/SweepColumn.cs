using System.Collections.Immutable;

namespace FlashMem.Cli.Sweeps;

/// <summary>A column of a sweep's table.</summary>
/// <param name="Name">With the unit.</param>
/// <param name="Value">Text, a <see cref="long"/> or a <see cref="double"/>; null where it does not apply.</param>
internal sealed record SweepColumn(string Name, Func<SweepRow, object?> Value)
{
    /// <summary>
    /// All columns: the settings, the status, then the figures. The first run is the integrated one; all other times are those of the
    /// repeated runs.
    /// </summary>
    public static ImmutableArray<SweepColumn> Of(SweepSpec spec) =>
    [
        new("device", row => row.Point.Device.Name),
        new("model", row => row.Point.Model),
        new("budget_bytes", row => row.Point.BudgetBytes),
        new("policy", row => row.Point.Policy.Name),
        .. spec.Set.Select((axis, index) => new SweepColumn(axis.Key, row => row.Point.Device.Values[index])),
        new("status", row => row.Status),
        new("first_run_ms", row => row.First?.Time.IntegratedMs),
        new("median_ms", row => row.Repeated?.Time.MedianMs),
        new("storage_busy_ms", row => row.Repeated?.Time.StorageBusyMs),
        new("transfer_busy_ms", row => row.Repeated?.Time.TransferBusyMs),
        new("compute_busy_ms", row => row.Repeated?.Time.ComputeBusyMs),
        new("stall_ms", row => row.Repeated?.Time.StallMs),
        new("overlap", row => row.Repeated?.Time.Overlap),
        new("planned_peak_bytes", row => row.Repeated?.Memory.PlannedPeakBytes),
        new("mean_bytes", row => row.Repeated?.Memory.MeanBytes),
        new("preloaded_bytes", row => row.Repeated?.PreloadedBytes),
        new("streamed_bytes", row => row.Repeated?.StreamedBytes),
        new("bound_ms", row => row.Repeated?.Bound.LowerBoundMs),
    ];
}
