using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Splitting;
using FlashMem.Scheduling.Fusion;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verification;

namespace FlashMem.Runtime.Sessions;

/// <summary>The plan that a session follows: made for its options, or given and verified.</summary>
internal static class SessionPlan
{
    /// <summary>
    /// The problem that the options pose, kernels fused as the model has them or as a given plan splits them; refuses a budget that cannot
    /// work before any weight is read.
    /// </summary>
    public static PlanProblem Pose(LocatedModel model, IDevice device, SessionOptions options)
    {
        ImmutableArray<int> split = options.Plan?.SplitKernels ?? [];
        return Pose(model, Split(model.Graph, split), split, device, options);
    }

    /// <summary>The kernels to run, what was planned for them and a verified plan.</summary>
    /// <remarks>Planning is timed, but not for a simulated device, whose runs must not depend on a wall clock.</remarks>
    public static PlannedFusion Make(LocatedModel model, IDevice device, SessionOptions options)
    {
        PlanProblem problem = Pose(model, device, options);
        if (options.Plan is not { } given)
        {
            return FusionPlanner.Make(
                model.Graph,
                problem,
                (split, kernels) => Pose(model, split, kernels, device, options),
                options.Solver,
                options.Fusion,
                device is ISimulatedDevice ? null : TimeProvider.System);
        }

        PlanVerifier.Require(given, problem);
        return options.BudgetBytes is { } limit && limit < given.PeakBytes
            ? throw new BudgetException(
                $"the plan takes {given.PeakBytes} bytes, the budget is {limit}; make a plan for this budget", limit, given.PeakBytes)
            : new PlannedFusion(Split(model.Graph, given.SplitKernels), problem, given);
    }

    private static PlanProblem Pose(
        LocatedModel model, SplitGraph split, ImmutableArray<int> kernels, IDevice device, SessionOptions options)
    {
        OverlapPlan? given = options.Plan;
        return PlanProblem.Create(
            split.Graph,
            model.Layout,
            ActivationLayout.Compute(split.Graph),
            options.Spec ?? device.Spec,
            device.Capabilities,
            new PlanOptions
            {
                BudgetBytes = given is null ? options.BudgetBytes : given.BudgetBytes,
                TargetChunkBytes = model.Layout.TargetChunkBytes,
                Policy = given?.Policy ?? PolicyOf(options),
                LatencySlack = given is null ? options.LatencySlack : given.LatencySlack,
                MoveMode = given is null ? options.MoveMode : ModeOf(given),
                PinnedWeights = given is null ? WeightPatterns.Resolve(model.Graph, options.Pin) : given.Pinned,
                SplitKernels = kernels,
                WeightFileHash = model.File?.ContentHash,
            },
            EstimatesFor(device, options));
    }

    private static SplitGraph Split(KernelGraph graph, ImmutableArray<int> kernels)
    {
        foreach (int kernel in kernels)
        {
            if (kernel >= graph.Kernels.Length || !EpilogueSplit.IsPossible(graph.Kernels[kernel]))
            {
                throw new UsageException(
                    $"the plan splits kernel {kernel}; model '{graph.ModelName}' has {graph.Kernels.Length} kernels and that one has no "
                    + "fused tail");
            }
        }

        return EpilogueSplit.Apply(graph, kernels);
    }

    // Figures of a profile say nothing of the device's own estimates.
    private static IKernelEstimates? EstimatesFor(IDevice device, SessionOptions options) =>
        options.Estimates ?? (options.Spec is null ? device.Estimates : null);

    private static PlanPolicy PolicyOf(SessionOptions options) =>
        options.BudgetBytes is null && options.LatencySlack is null ? PlanPolicy.Preload : options.Policy;

    // A plan of which no move came to lie inside a kernel asks nothing of the kernels, whatever mode it was made in.
    private static MoveMode ModeOf(OverlapPlan plan) =>
        plan.Steps.Any(step => step.Moves.Any(move => move.Mode == MoveMode.InKernel)) ? MoveMode.InKernel : MoveMode.CopyQueue;
}
