using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Reports;

/// <summary>Makes the reports of one session's runs; remembers the first run.</summary>
internal sealed class ReportBuilder
{
    private static readonly string Version = typeof(RunReport).Assembly.GetName().Version!.ToString(3);

    // The bytes that kernels wait for come over these.
    private static readonly string[] Arrivals = [Timelines.StorageName, Timelines.TransferName];

    private readonly StreamedModel model;
    private readonly OverlapPlan plan;
    private readonly PlanProblem problem;
    private readonly IDevice device;
    private readonly MemoryBudget budget;
    private readonly PreparationFigures preparation;
    private readonly bool hashOutputs;
    private readonly string planHash;
    private readonly long streamedBytes;
    private double? firstRunMs;
    private double? integratedMs;

    /// <param name="model">The weight file.</param>
    /// <param name="plan">The plan that runs follow.</param>
    /// <param name="problem">What it was made for.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="budget">The session's memory.</param>
    /// <param name="preparation">Times before the first run.</param>
    /// <param name="hashOutputs">Hash outputs into reports.</param>
    public ReportBuilder(
        StreamedModel model,
        OverlapPlan plan,
        PlanProblem problem,
        IDevice device,
        MemoryBudget budget,
        PreparationFigures preparation,
        bool hashOutputs)
    {
        this.model = model;
        this.plan = plan;
        this.problem = problem;
        this.device = device;
        this.budget = budget;
        this.preparation = preparation;
        this.hashOutputs = hashOutputs;
        planHash = PlanJson.Hash(plan);
        streamedBytes = plan.RepeatedLoads().Sum(load => (long)model.Layout.Chunks[load.Chunk].Bytes)
            + problem.Steps.Sum(step => step.FetchBytes);
    }

    /// <summary>Told of every run, one after the other, before its report is made: all reports speak of the first one.</summary>
    public void Remember(FinishedRun run)
    {
        if (firstRunMs is null)
        {
            firstRunMs = (run.End - run.Start).Milliseconds;
            integratedMs = TraceFigures.Of(run.Events, Arrivals).FirstRead is { } firstRead ? (run.End - firstRead).Milliseconds : null;
        }
    }

    /// <summary>The report of a run. May be made while others are in progress.</summary>
    /// <param name="run">It was remembered.</param>
    /// <param name="residency">Made from its trace; null without one.</param>
    public RunReport Report(FinishedRun run, ResidencyTimeline? residency)
    {
        double runMs = (run.End - run.Start).Milliseconds;
        TraceFigures? trace = run.Events.IsEmpty ? null : TraceFigures.Of(run.Events, Arrivals);
        PlanBound bound = run.Execution.First ? PlanBound.FirstRun(problem) : PlanBound.RepeatedRun(problem);
        return new RunReport
        {
            Version = Version,
            Model = model.Graph.ModelName,
            Device = device.Name,
            Policy = plan.Policy.Name(),
            Weights = WeightType().Precision(),
            Activations = plan.ActivationType.Precision(),
            BudgetBytes = budget.LimitBytes,
            WeightBytes = model.Graph.Weights.Sum(weight => weight.Storage.Bytes),
            PinnedBytes = plan.Pinned.IsEmpty
                ? null
                : model.Layout.Chunks.Where(chunk => plan.Pinned.BinarySearch(chunk.Weight) >= 0).Sum(chunk => (long)chunk.Bytes),
            PreloadedBytes = model.Layout.ParametersBytes + plan.Retained.Sum(chunk => (long)model.Layout.Chunks[chunk].Bytes),
            StreamedBytes = streamedBytes,
            Plan = new PlanFigures(
                plan.Solver,
                plan.Status == PlanStatus.Optimal ? "optimal" : "feasible",
                plan.Objective,
                plan.Bound,
                plan.Gap,
                plan.SolveMs,
                plan.ChunkBytes,
                planHash),
            Memory = Memory(residency, run.LockedFileBytes),
            Time = new TimeFigures
            {
                Preparation = preparation,
                FirstRunMs = firstRunMs!.Value,
                RunsMs = [runMs],
                MedianMs = runMs,
                IntegratedMs = integratedMs,
                StorageBusyMs = trace?.StorageBusy.Milliseconds,
                TransferBusyMs = device.Capabilities.ZeroCopy ? null : trace?.TransferBusy.Milliseconds,
                ComputeBusyMs = trace?.ComputeBusy.Milliseconds,
                StallMs = trace?.Stall.Milliseconds,
                Overlap = trace?.Overlap,
            },
            Bound = new BoundFigures(bound.StorageMs, bound.TransferMs, bound.ComputeMs, bound.LowerBoundMs, null).WithRun(runMs),
            Outputs = [.. model.Graph.Outputs.Select(port => Output(port, run.Execution.Outputs.GetValueOrDefault(port.Name)))],
        };
    }

    private MemoryFigures Memory(ResidencyTimeline? residency, long? lockedFileBytes) => new(
        plan.PeakBytes,
        budget.PeakBytes,
        residency?.MeanBytes is { } mean ? (long)mean : null,
        budget.PeakOf(MemoryTier.Unified),
        device.Capabilities.ZeroCopy ? null : budget.PeakOf(MemoryTier.Texture),
        budget.PeakOf(MemoryTier.Activation),
        device is ISimulatedDevice ? null : ProcessMemory.Read(),
        lockedFileBytes);

    private OutputFigures Output(GraphPort port, Tensor? tensor) =>
        OutputFigures.Of(port.Name, port.Shape, hashOutputs ? tensor : null);

    /// <summary>Type of the panel weights; a model without any streams nothing and counts as fp32.</summary>
    private ElementType WeightType() => model.Graph.Weights
        .Select(weight => weight.Storage switch
        {
            PanelWeight { Layout: PanelLayout layout } => layout.Type,
            RowWeight rows => rows.Type,
            _ => ElementType.Float32,
        })
        .Any(type => type == ElementType.Float16) ? ElementType.Float16 : ElementType.Float32;
}
