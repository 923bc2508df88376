using FlashMem.Abstractions.Devices;
using FlashMem.Cli.Devices;
using FlashMem.Runtime.Profiling;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Cli.Rendering;

/// <summary>
/// A device and its twin in one comparison: both follow the plan that the first of them made, by the profile's figures, and the twin's times
/// are set against the device's.
/// </summary>
/// <param name="twin">Name of the twin; null when there is none.</param>
/// <param name="profile">Its profile; null when there is no twin.</param>
/// <param name="pageCache">The weight file is in the page cache.</param>
internal sealed class Predictions(string? twin, DeviceProfile? profile, bool pageCache)
{
    private readonly IKernelEstimates? estimates = ProfileEstimates.Of(profile, pageCache);
    private readonly Dictionary<(PlanPolicy Policy, long? Budget), OverlapPlan> plans = [];

    /// <summary>The figures to plan with for a device; null for its own.</summary>
    public DeviceSpec? SpecFor(string device) => IsOfPair(device) ? profile!.SpecFor(pageCache) : null;

    /// <summary>The kernel times to plan with for a device; null for its own.</summary>
    public IKernelEstimates? EstimatesFor(string device) => IsOfPair(device) ? estimates : null;

    /// <summary>How weights reach a device that has memory of its own.</summary>
    public MoveMode MoveModeFor(string device) => IsOfPair(device) && profile!.MoveMode is { } mode ? mode : MoveMode.CopyQueue;

    /// <summary>The plan that the other of the two made; null when there is none yet.</summary>
    public OverlapPlan? PlanFor(string device, PlanPolicy policy, long? budget) =>
        IsOfPair(device) ? plans.GetValueOrDefault((policy, budget)) : null;

    /// <summary>Keeps a plan for the other of the two.</summary>
    public void Keep(string device, PlanPolicy policy, long? budget, OverlapPlan plan)
    {
        if (IsOfPair(device))
        {
            plans.TryAdd((policy, budget), plan);
        }
    }

    /// <summary>The rows with the twin's times set against the device's.</summary>
    public IReadOnlyList<CompareRow> Rate(IReadOnlyList<CompareRow> rows) =>
    [
        .. rows.Select(row => row.Device == twin && Measured(rows, row)?.Repeated?.Time.MedianMs is { } measured
            ? row with { OfMeasured = row.Repeated?.Time.MedianMs / measured }
            : row),
    ];

    private CompareRow? Measured(IReadOnlyList<CompareRow> rows, CompareRow simulated) => rows.FirstOrDefault(
        row => row.Device == profile!.Device && row.Policy == simulated.Policy && row.BudgetBytes == simulated.BudgetBytes);

    private bool IsOfPair(string device) => profile is not null && (device == twin || device == profile.Device);
}
