using System.Collections.Immutable;

namespace FlashMem.Scheduling.Queues;

/// <summary>How a queue of requests to several models runs under one budget. Holds numbers and plans only; immutable.</summary>
public sealed record QueuePlan
{
    /// <summary>How memory passes from visit to visit.</summary>
    public required HandoverMode Handover { get; init; }

    /// <summary>Memory that all visits share; null where every visit allocates its plan's and frees it at its end.</summary>
    public PoolBytes? Pools { get; init; }

    /// <summary>In the order in which they run.</summary>
    public required ImmutableArray<QueueVisit> Visits { get; init; }

    /// <summary>Why something asked for was not done; empty where everything was.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>Most bytes that are allocated at one time.</summary>
    public long PeakBytes => Pools?.Total ?? Visits.Select(visit => visit.Plan.PeakBytes).DefaultIfEmpty().Max();
}
