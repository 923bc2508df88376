using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Activations;
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
    /// How much longer kernels of real devices may take beside copies, cut into launches for what is there, than alone and in a row; on H100s
    /// it was a third (docs/planner.md).
    /// </summary>
    private const double ComputeDoubt = 0.6;

    /// <summary>
    /// The problem that the options pose, kernels fused as the model has them or as a given plan splits them; refuses a budget that cannot
    /// work before any weight is read.
    /// </summary>
    public static PlanProblem Pose(LocatedModel model, IDevice device, SessionOptions options) =>
        Pose(model, KernelsOf(model.Graph, options.Plan), device, options);

    /// <summary>The kernels to run, what was planned for them and a verified plan.</summary>
    /// <remarks>Planning is timed, but not for a simulated device, whose runs must not depend on a wall clock.</remarks>
    public static PlannedFusion Make(LocatedModel model, IDevice device, SessionOptions options)
    {
        SplitGraph kernels = KernelsOf(model.Graph, options.Plan);
        PlanProblem problem = Pose(model, kernels, device, options);
        if (options.Plan is not { } given)
        {
            return FusionPlanner.Make(
                model.Graph,
                problem,
                split => Pose(model, split, device, options),
                options.Solver,
                options.Fusion,
                device is ISimulatedDevice ? null : TimeProvider.System);
        }

        PlanVerifier.Require(given, problem);
        return options.BudgetBytes is { } limit && limit < given.PeakBytes
            ? throw new BudgetException(
                $"the plan takes {given.PeakBytes} bytes, the budget is {limit}; make a plan for this budget", limit, given.PeakBytes)
            : new PlannedFusion(kernels, problem, given);
    }

    private static PlanProblem Pose(LocatedModel model, SplitGraph kernels, IDevice device, SessionOptions options)
    {
        if (!device.Capabilities.HalfActivations && ActivationTypes.Of(kernels.Graph) == ElementType.Float16)
        {
            throw new UsageException(
                $"{device.Name} keeps activations in 32 bits; half-precision activations need an OpenCL device or a simulated one");
        }

        OverlapPlan? given = options.Plan;
        IKernelEstimates? estimates = options.EstimatesOn(device);
        return PlanProblem.Create(
            kernels.Graph,
            model.Layout,
            ActivationLayout.Compute(kernels.Graph),
            SpecOf(options, device),
            device.Capabilities,
            new PlanOptions
            {
                BudgetBytes = given is null ? options.BudgetBytes : given.BudgetBytes,
                TargetChunkBytes = model.Layout.TargetChunkBytes,
                Policy = given?.Policy ?? PolicyOf(options),
                LatencySlack = given is null ? options.LatencySlack : given.LatencySlack,
                ComputeDoubt = estimates is { AreExact: true } ? 0 : ComputeDoubt,
                MoveMode = given is null ? options.MoveMode : ModeOf(given),
                PinnedWeights = given is null ? WeightPatterns.Resolve(model.Graph, options.Pin) : given.Pinned,
                SplitKernels = kernels.SplitKernels,
                WeightFileHash = model.File?.ContentHash,
            },
            estimates);
    }

    /// <summary>The figures to plan with. What is in the host's memory arrives as fast as it is copied.</summary>
    private static DeviceSpec SpecOf(SessionOptions options, IDevice device)
    {
        DeviceSpec spec = options.Spec ?? device.Spec;
        if (!options.HostWeights)
        {
            return spec;
        }

        const string source = "weights stay in the host's memory";
        return !device.Capabilities.LocksHostMemory
            ? throw new UsageException($"{device.Name} cannot keep weights in the host's memory: it copies from memory of its own only")
            : spec with
            {
                StorageBandwidth = spec.TransferBandwidth with { Kind = FigureKind.Derived, Source = source },
                StorageLatency = new Figure(0, "s", FigureKind.Derived, source),
            };
    }

    /// <summary>The kernels as a given plan splits them; as the model has them where there is none or it splits none.</summary>
    private static SplitGraph KernelsOf(KernelGraph graph, OverlapPlan? given)
    {
        if (given is not { SplitKernels: { IsEmpty: false } split })
        {
            return SplitGraph.Whole(graph);
        }

        foreach (int kernel in split)
        {
            if (kernel >= graph.Kernels.Length || !EpilogueSplit.IsPossible(graph.Kernels[kernel]))
            {
                throw new UsageException(
                    $"the plan splits kernel {kernel}; model '{graph.ModelName}' has {graph.Kernels.Length} kernels and that one has no "
                    + "fused tail");
            }
        }

        return EpilogueSplit.Apply(graph, split);
    }

    /// <summary>The policy that the options come to: without a limit there is nothing to schedule.</summary>
    internal static PlanPolicy PolicyOf(SessionOptions options) =>
        options.BudgetBytes is null && options.LatencySlack is null ? PlanPolicy.Preload : options.Policy;

    // A plan of which no move came to lie inside a kernel asks nothing of the kernels, whatever mode it was made in.
    private static MoveMode ModeOf(OverlapPlan plan) =>
        plan.Steps.Any(step => step.Moves.Any(move => move.Mode == MoveMode.InKernel)) ? MoveMode.InKernel : MoveMode.CopyQueue;
}
