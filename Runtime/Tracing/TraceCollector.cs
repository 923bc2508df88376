using System.Collections.Immutable;
using FlashMem.Abstractions.Tracing;

namespace FlashMem.Runtime.Tracing;

/// <summary>
/// Keeps trace events in memory until they are taken. Every thread adds to one of a few lists, so that queues and storage workers seldom
/// meet at a lock. Thread-safe.
/// </summary>
public sealed class TraceCollector : ITraceSink
{
    private const int StripeCount = 16;

    private readonly List<TraceEvent>[] stripes = [.. Enumerable.Range(0, StripeCount).Select(_ => new List<TraceEvent>())];

    public void Add(TraceEvent traceEvent)
    {
        List<TraceEvent> stripe = stripes[Environment.CurrentManagedThreadId % StripeCount];
        lock (stripe)
        {
            stripe.Add(traceEvent);
        }
    }

    /// <summary>Removes and returns what was added so far, by start time.</summary>
    public ImmutableArray<TraceEvent> Take()
    {
        var events = ImmutableArray.CreateBuilder<TraceEvent>();
        foreach (List<TraceEvent> stripe in stripes)
        {
            lock (stripe)
            {
                events.AddRange(stripe);
                stripe.Clear();
            }
        }

        events.Sort(static (a, b) => (a.Start, a.End, a.Lane, a.LaneIndex).CompareTo((b.Start, b.End, b.Lane, b.LaneIndex)));
        return events.DrainToImmutable();
    }
}
