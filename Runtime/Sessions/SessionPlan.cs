using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verification;

namespace FlashMem.Runtime.Sessions;

/// <summary>The plan that a session follows: made for its options, or given and verified.</summary>
internal static class SessionPlan
{
    /// <summary>The problem that the options pose; refuses a budget that cannot work before any weight is read.</summary>
    public static PlanProblem Pose(LocatedModel model, IDevice device, SessionOptions options)
    {
        OverlapPlan? given = options.Plan;
        return PlanProblem.Create(
            model.Graph,
            model.Layout,
            ActivationLayout.Compute(model.Graph),
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
                WeightFileHash = model.File?.ContentHash,
            },
            EstimatesFor(device, options));
    }

    // Figures of a profile say nothing of the device's own estimates.
    private static IKernelEstimates? EstimatesFor(IDevice device, SessionOptions options) =>
        options.Estimates ?? (options.Spec is null ? device.Estimates : null);

    private static PlanPolicy PolicyOf(SessionOptions options) =>
        options.BudgetBytes is null && options.LatencySlack is null ? PlanPolicy.Preload : options.Policy;

    // A plan of which no move came to lie inside a kernel asks nothing of the kernels, whatever mode it was made in.
    private static MoveMode ModeOf(OverlapPlan plan) =>
        plan.Steps.Any(step => step.Moves.Any(move => move.Mode == MoveMode.InKernel)) ? MoveMode.InKernel : MoveMode.CopyQueue;

    /// <summary>A verified plan. Planning is timed, but not for a simulated device, whose runs must not depend on a wall clock.</summary>
    public static OverlapPlan Make(PlanProblem problem, IDevice device, SessionOptions options)
    {
        if (options.Plan is not { } given)
        {
            return PlanMaker.Make(problem, options.Solver, device is ISimulatedDevice ? null : TimeProvider.System);
        }

        PlanVerifier.Require(given, problem);
        return options.BudgetBytes is { } limit && limit < given.PeakBytes
            ? throw new BudgetException(
                $"the plan takes {given.PeakBytes} bytes, the budget is {limit}; make a plan for this budget", limit, given.PeakBytes)
            : given;
    }
}
