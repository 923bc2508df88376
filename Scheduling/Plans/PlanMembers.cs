using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Scheduling.Plans;

/// <summary>A plan while it is read.</summary>
internal struct PlanMembers()
{
    private static readonly string[] Names =
    [
        "schema", "model", "modelHash", "layoutHash", "weightFileHash", "deviceSpecHash", "policy", "solver", "status", "objective",
        "bound", "gap", "solveMs", "budgetBytes", "chunkBytes", "unifiedArenaBytes", "parametersBytes", "activationBytes",
        "workspaceBytes", "predictedPeakBytes", "predictedFirstRunMs", "predictedRunMs", "awaitPreload", "preloaded", "retained", "steps",
        "textureArenaBytes", "tableArenaBytes", "rowStagingBytes", "pinned", "notes",
        "latencySlack", "predictedFirstMeanBytes", "predictedMeanBytes", "splitKernels", "activations",
    ];

    /// <summary>
    /// The last ten: plans for zero-copy devices do not have the arenas, plans without pinned weights lack those, most planners have
    /// nothing to note, plans of least latency have no slack, older plans do not predict their mean memory, most plans split no kernel, and
    /// activations of 32 bits go without saying.
    /// </summary>
    private MemberSet seen = new("the plan", Names, optional: 10);

    public string Model = "";
    public string ModelHash = "";
    public string LayoutHash = "";
    public string? WeightFileHash;
    public string DeviceSpecHash = "";
    public ElementType ActivationType = ElementType.Float32;
    public PlanPolicy Policy;
    public string Solver = "";
    public PlanStatus Status;
    public double? Objective;
    public double? Bound;
    public double? Gap;
    public double? SolveMs;
    public ImmutableArray<string> Notes = [];
    public long? BudgetBytes;
    public long ChunkBytes;
    public long UnifiedArenaBytes;
    public long TextureArenaBytes;
    public long TableArenaBytes;
    public long RowStagingBytes;
    public long ParametersBytes;
    public long ActivationBytes;
    public long WorkspaceBytes;
    public long PeakBytes;
    public double FirstRunMs;
    public double RunMs;
    public double? LatencySlack;
    public long? FirstMeanBytes;
    public long? MeanBytes;
    public bool AwaitPreload;
    public ImmutableArray<int> Pinned = [];
    public ImmutableArray<int> SplitKernels = [];
    public ImmutableArray<ChunkLoad> Preloaded;
    public ImmutableArray<int> Retained;
    public ImmutableArray<PlanStep> Steps;

    public void Mark(string name) => seen.Mark(name);

    public readonly OverlapPlan ToPlan()
    {
        seen.RequireAll();
        var plan = new OverlapPlan
        {
            Model = Model,
            ModelHash = ModelHash,
            LayoutHash = LayoutHash,
            WeightFileHash = WeightFileHash,
            DeviceSpecHash = DeviceSpecHash,
            ActivationType = ActivationType,
            Policy = Policy,
            Solver = Solver,
            Status = Status,
            Objective = Objective,
            Bound = Bound,
            Gap = Gap,
            SolveMs = SolveMs,
            Notes = Notes,
            BudgetBytes = BudgetBytes,
            ChunkBytes = ChunkBytes,
            UnifiedArenaBytes = UnifiedArenaBytes,
            TextureArenaBytes = TextureArenaBytes,
            TableArenaBytes = TableArenaBytes,
            RowStagingBytes = RowStagingBytes,
            ParametersBytes = ParametersBytes,
            ActivationBytes = ActivationBytes,
            WorkspaceBytes = WorkspaceBytes,
            FirstRunMs = FirstRunMs,
            RunMs = RunMs,
            LatencySlack = LatencySlack,
            FirstMeanBytes = FirstMeanBytes,
            MeanBytes = MeanBytes,
            AwaitPreload = AwaitPreload,
            Pinned = Pinned,
            SplitKernels = SplitKernels,
            Preloaded = Preloaded,
            Retained = Retained,
            Steps = Steps,
        };
        return plan.PeakBytes == PeakBytes
            ? plan
            : throw new UsageException(
                $"not a valid {OverlapPlan.Schema} file: predictedPeakBytes is {PeakBytes}, its parts make {plan.PeakBytes}");
    }
}
