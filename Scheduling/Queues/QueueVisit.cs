using FlashMem.Scheduling.Plans;

namespace FlashMem.Scheduling.Queues;

/// <summary>Requests to one model that follow each other: it stays in memory for all of them.</summary>
public sealed record QueueVisit
{
    /// <summary>Index of the model.</summary>
    public required int Model { get; init; }

    /// <summary>Index of its first request in the queue.</summary>
    public required int FirstRequest { get; init; }

    /// <summary>Number of requests; at least 1.</summary>
    public required int Requests { get; init; }

    /// <summary>What it follows: the first run for the first request, repeated runs for the others.</summary>
    public required QueuedPlan Planned { get; init; }

    /// <summary>Where it lies in the pools; null where the queue has none.</summary>
    public ModelPlaces? Places { get; init; }

    /// <summary>What it loads under the tail of the visit before it.</summary>
    public Handover Handover { get; init; } = Handover.None;

    public OverlapPlan Plan => Planned.Plan;

    /// <summary>Predicted time of all its requests: what is loaded ahead is saved, but kernels take their time.</summary>
    public double PlannedMs => Math.Max(
        Planned.VisitMs(Requests) - Handover.AheadMs, Requests * Planned.Problem.Steps.Sum(step => step.ComputeMs));
}
