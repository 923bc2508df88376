using System.Collections.Concurrent;
using FlashMem.Abstractions.Devices;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Cli.Sweeps;

/// <summary>
/// Everything that a plan depends on. Figures that change neither what planning sees of the device nor its kernels' times are not part of
/// it: points that differ in them share a plan.
/// </summary>
/// <param name="Model">The model that it is for.</param>
/// <param name="Spec">What planning sees of the device.</param>
/// <param name="Capabilities">Of the device.</param>
/// <param name="BudgetBytes">Null without a budget.</param>
/// <param name="Policy">When weights move.</param>
/// <param name="KernelTimes">Identity of the device's kernel times.</param>
internal sealed record SweepPlanKey(
    SweepModel Model, DeviceSpec Spec, DeviceCapabilities Capabilities, long? BudgetBytes, PlanPolicy Policy, string KernelTimes);

/// <summary>Plans made so far. Thread-safe; a plan that two threads make at one time is the same plan.</summary>
internal sealed class SweepPlans
{
    private readonly ConcurrentDictionary<SweepPlanKey, OverlapPlan> plans = new();

    /// <summary>Null when none was made yet.</summary>
    public OverlapPlan? Find(SweepPlanKey key) => plans.GetValueOrDefault(key);

    public void Keep(SweepPlanKey key, OverlapPlan plan) => plans.TryAdd(key, plan);
}
