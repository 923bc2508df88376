using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Sessions;

/// <summary>
/// The planning problems of one model on one device under any budget, from the model's graph alone: weights need not exist, nothing is read
/// and no memory is taken.
/// </summary>
public sealed class BudgetStudy : IDisposable
{
    private readonly LocatedModel model;
    private readonly IDevice device;
    private readonly SessionOptions options;

    private BudgetStudy(LocatedModel model, IDevice device, SessionOptions options)
    {
        this.model = model;
        this.device = device;
        this.options = options;
        ImmutableArray<int> pinned = WeightPatterns.Resolve(model.Graph, options.Pin);
        SmallestBytes = BudgetFloor.Bytes(
            model.Graph, model.Layout, ActivationLayout.Compute(model.Graph), device.Capabilities, PlanPolicy.Overlap, pinned);
        PlanProblem resident = Pose(null);
        ResidentBytes = Math.Max(SmallestBytes, resident.FixedBytes + resident.EverythingBytes);
    }

    public string ModelName => model.Graph.ModelName;

    /// <summary>The smallest budget with which policy overlap works.</summary>
    public long SmallestBytes { get; }

    /// <summary>With this budget everything is resident.</summary>
    public long ResidentBytes { get; }

    /// <param name="path">A model or a weight file.</param>
    /// <param name="options">Of a session; its device is set, its budget does not matter.</param>
    public static BudgetStudy Open(string path, SessionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        IDevice device = options.Device ?? throw new ArgumentException("a study needs an open device", nameof(options));
        return new BudgetStudy(
            ModelLocator.LocateGraph(path, options.WeightType, device.Capabilities, options.ChunkBytes)
                .WithActivations(ModelOpening.ActivationTypeOf(options)),
            device,
            options);
    }

    /// <summary>The problem that a plan of a session with the same options solves: its budget, its kernels.</summary>
    public PlanProblem PoseAs(OverlapPlan plan) => SessionPlan.Pose(model, device, options with { Plan = plan });

    /// <summary>The problem of a budget, kernels as they were fused; of null, with everything resident.</summary>
    public PlanProblem Pose(long? budgetBytes) => SessionPlan.Pose(
        model,
        device,
        options with
        {
            Plan = null,
            BudgetBytes = budgetBytes,
            Policy = PlanPolicy.Overlap,
            LatencySlack = budgetBytes is null ? null : options.LatencySlack,
        });

    public void Dispose() => model.Dispose();
}
