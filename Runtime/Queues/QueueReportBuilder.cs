using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Runtime.Tracing;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Runtime.Queues;

/// <summary>Makes the report of a queue: takes its requests as they are complete, and its trace at the end.</summary>
internal sealed class QueueReportBuilder
{
    private readonly IDevice device;
    private readonly ModelQueueOptions options;
    private readonly QueuePlan plan;
    private readonly IReadOnlyList<QueuedModel> models;
    private readonly MemoryBudget budget;
    private readonly List<CompletedRequest> requests = [];
    private readonly List<ImmutableArray<OutputFigures>> outputs = [];

    /// <param name="device">Where it runs.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="plan">What is followed.</param>
    /// <param name="models">By the plan's indices.</param>
    /// <param name="budget">All memory.</param>
    public QueueReportBuilder(
        IDevice device, ModelQueueOptions options, QueuePlan plan, IReadOnlyList<QueuedModel> models, MemoryBudget budget)
    {
        this.device = device;
        this.options = options;
        this.plan = plan;
        this.models = models;
        this.budget = budget;
    }

    /// <summary>Takes a request's times and hashes; does not keep its outputs.</summary>
    public void Add(CompletedRequest request)
    {
        outputs.Add([.. request.Outputs.Select(output => OutputFigures.Of(
            output.Key, output.Value.Shape, options.Session.HashOutputs ? output.Value : null))]);
        requests.Add(request with { Outputs = new Dictionary<string, Tensor>() });
    }

    public QueueResult Build(ImmutableArray<TraceEvent> events, ImmutableArray<TraceSample> samples)
    {
        bool zeroCopy = device.Capabilities.ZeroCopy;
        QueueResidency residency = QueueResidency.Of(plan, models, requests, events, zeroCopy);
        DeviceTime start = requests[0].Start;
        DeviceTime end = requests[^1].End;
        TraceFigures busy = TraceFigures.Of(events, []);
        ImmutableArray<RequestFigures> figures = [.. plan.Visits.SelectMany(visit => Requests(visit, events, residency))];
        double totalMs = (end - start).Milliseconds;
        var report = new QueueReport
        {
            Version = typeof(QueueReport).Assembly.GetName().Version!.ToString(3),
            Device = device.Name,
            Policy = Scheduling.Plans.PlanPolicies.Name(plan.Visits[0].Planned.Problem.Policy),
            BudgetBytes = budget.LimitBytes,
            Handover = plan.Handover.Name(),
            Notes = plan.Notes,
            Models = [.. Enumerable.Range(0, models.Count).Select(model => Model(model, figures))],
            Requests = figures,
            TotalMs = totalMs,
            PlannedTotalMs = plan.Visits.Sum(visit => visit.PlannedMs),
            Memory = new QueueMemoryFigures(
                Planned(zeroCopy),
                new PeakFigures(
                    budget.PeakBytes,
                    budget.PeakOf(MemoryTier.Unified),
                    zeroCopy ? null : budget.PeakOf(MemoryTier.Texture),
                    budget.PeakOf(MemoryTier.Activation)),
                new PeakFigures(
                    residency.PeakBetween(DeviceTime.Zero, end),
                    residency.PeakByTier.GetValueOrDefault(MemoryTier.Unified),
                    zeroCopy ? null : residency.PeakByTier.GetValueOrDefault(MemoryTier.Texture),
                    residency.PeakByTier.GetValueOrDefault(MemoryTier.Activation)),
                (long?)residency.MeanBetween(start, end),
                device is ISimulatedDevice ? null : ProcessMemory.Read()),
            StorageBusyMs = busy.StorageBusy.Milliseconds,
            TransferBusyMs = zeroCopy ? null : busy.TransferBusy.Milliseconds,
            ComputeBusyMs = busy.ComputeBusy.Milliseconds,
            Bound = Bound(totalMs),
        };
        IEnumerable<TraceEvent> spans = requests.Select(request => new TraceEvent(
            TraceLane.Request, 0, $"{request.Index} {request.Model}", request.Start, request.Start, request.End, 0, null));
        return new QueueResult(report, new RunTrace([.. events, .. spans], residency.Samples) { Samples = samples });
    }

    private IEnumerable<RequestFigures> Requests(QueueVisit visit, ImmutableArray<TraceEvent> events, QueueResidency residency)
    {
        string prefix = QueueRun.PrefixOf(visit, models[visit.Model].Name);
        DeviceTime origin = requests[0].Start;
        for (int i = visit.FirstRequest; i < visit.FirstRequest + visit.Requests; i++)
        {
            CompletedRequest request = requests[i];
            bool first = i == visit.FirstRequest;
            yield return new RequestFigures
            {
                Index = i,
                Model = request.Model,
                IsRepeat = !first,
                StartMs = (request.Start - origin).Milliseconds,
                EndMs = (request.End - origin).Milliseconds,
                PlannedMs = first ? visit.Plan.FirstRunMs : visit.Plan.RunMs,
                StorageBytes = request.StorageBytes,
                AheadBytes = events.Where(e => first && e.Lane == TraceLane.Storage && e.Start < request.Start
                    && e.Name.StartsWith(prefix, StringComparison.Ordinal)).Sum(e => e.Bytes),
                PlannedPeakBytes = visit.Plan.PeakBytes,
                PeakBytes = residency.PeakBetween(request.Start, request.End),
                Outputs = outputs[i],
            };
        }
    }

    private QueuedModelFigures Model(int model, ImmutableArray<RequestFigures> figures)
    {
        QueueVisit[] visits = [.. plan.Visits.Where(visit => visit.Model == model)];
        double[] latencies =
            [.. visits.SelectMany(visit => figures.Skip(visit.FirstRequest).Take(visit.Requests)).Select(each => each.LatencyMs)];
        return new QueuedModelFigures(
            models[model].Name,
            latencies.Length,
            visits.Length,
            models[model].WeightBytes,
            visits.Select(visit => visit.Plan.PeakBytes).DefaultIfEmpty().Max(),
            latencies.Length == 0 ? 0 : RunReport.Median(latencies));
    }

    private PeakFigures Planned(bool zeroCopy)
    {
        if (plan.Pools is { } pools)
        {
            return new PeakFigures(pools.Total, pools.Unified, zeroCopy ? null : pools.Texture, pools.Activation + pools.Workspace);
        }

        long Most(Func<Scheduling.Plans.OverlapPlan, long> bytes) => plan.Visits.Max(visit => bytes(visit.Plan));
        return new PeakFigures(
            plan.PeakBytes,
            Most(each => each.UnifiedArenaBytes + each.RowStagingBytes + (zeroCopy ? each.ParametersBytes : 0)),
            zeroCopy ? null : Most(each => each.TextureArenaBytes),
            Most(each => each.ActivationBytes + each.WorkspaceBytes + each.TableArenaBytes + (zeroCopy ? 0 : each.ParametersBytes)));
    }

    private BoundFigures Bound(double totalMs)
    {
        double storage = 0, compute = 0;
        double? transfer = null;
        foreach (QueueVisit visit in plan.Visits)
        {
            Add(PlanBound.FirstRun(visit.Planned.Problem), 1);
            Add(PlanBound.RepeatedRun(visit.Planned.Problem), visit.Requests - 1);
        }

        return new BoundFigures(storage, transfer, compute, Math.Max(storage, Math.Max(transfer ?? 0, compute)), null).WithRun(totalMs);

        void Add(PlanBound bound, int runs)
        {
            storage += bound.StorageMs * runs;
            compute += bound.ComputeMs * runs;
            transfer = bound.TransferMs is { } each ? (transfer ?? 0) + (each * runs) : transfer;
        }
    }
}
