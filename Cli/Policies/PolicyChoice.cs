using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Devices;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;
using FlashMem.Simulator.Frameworks;

namespace FlashMem.Cli.Policies;

/// <summary>A policy of the command: one that plans follow, or a framework that preloads, replayed on simulated devices.</summary>
/// <param name="Plan">Policy of the plan; of a framework, of the plan that times its kernels.</param>
/// <param name="Framework">Null for a policy of plans.</param>
internal sealed record PolicyChoice(PlanPolicy Plan, FrameworkSpec? Framework = null)
{
    private static readonly PolicyChoice[] OfPlans = [.. Enum.GetValues<PlanPolicy>().Select(policy => new PolicyChoice(policy))];

    // Read when asked for, since most commands have no use for them. A framework that streams, or that meets a device with other figures,
    // is more than a policy of the device at hand.
    private static readonly Lazy<PolicyChoice[]> OfFrameworks = new(() =>
    [
        .. FrameworkSpecs.Names.Select(FrameworkSpecs.Load)
            .Where(framework => framework.Preload is not null && framework.Device.Count == 0)
            .Select(framework => new PolicyChoice(PlanPolicy.Preload, framework)),
    ]);

    /// <summary>Names of all, those of plans first.</summary>
    public static IReadOnlyList<string> Names => [.. OfPlans.Concat(OfFrameworks.Value).Select(choice => choice.Name)];

    public string Name => Framework?.Name ?? Plan.Name();

    public static PolicyChoice? Find(string name) =>
        Array.Find(OfPlans, choice => choice.Name == name) ?? Array.Find(OfFrameworks.Value, choice => choice.Name == name);

    /// <exception cref="UsageException">There is no such policy.</exception>
    public static PolicyChoice Parse(string name) =>
        Find(name) ?? throw new UsageException($"unknown policy '{name}'; there are {string.Join(", ", Names)}");

    /// <exception cref="UsageException">A framework on a device that is not simulated.</exception>
    public PolicyChoice On(string device) => Framework is null || SimulatedDevices.IsNamed(device)
        ? this
        : throw new UsageException($"policy {Name} replays a framework on simulated devices; '{device}' is none");

    /// <exception cref="UsageException">A framework, where only a plan makes sense.</exception>
    public PolicyChoice Without(string purpose) => Framework is null
        ? this
        : throw new UsageException($"policy {Name} replays a framework, which follows no plan of ours: {purpose}");

    /// <summary>Options of the session that runs, or that times a framework's kernels: with everything resident.</summary>
    public SessionOptions For(SessionOptions options) =>
        options with { Policy = Plan, BudgetBytes = Framework is null ? options.BudgetBytes : null };
}
