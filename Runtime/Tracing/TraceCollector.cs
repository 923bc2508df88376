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

    private readonly List<TraceSample> samples = [];
    private readonly List<TraceEvent>[] stripes = [.. Enumerable.Range(0, StripeCount).Select(_ => new List<TraceEvent>())];

    public void Add(TraceEvent traceEvent)
    {
        List<TraceEvent> stripe = stripes[Environment.CurrentManagedThreadId % StripeCount];
        lock (stripe)
        {
            stripe.Add(traceEvent);
        }
    }

    public void Add(TraceSample sample)
    {
        lock (samples)
        {
            samples.Add(sample);
        }
    }

    /// <summary>Removes and returns the samples added so far, in the order added.</summary>
    public ImmutableArray<TraceSample> TakeSamples()
    {
        lock (samples)
        {
            ImmutableArray<TraceSample> taken = [.. samples];
            samples.Clear();
            return taken;
        }
    }

    /// <summary>Removes and returns the events added so far, by start time.</summary>
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

        events.Sort(Compare);
        return events.DrainToImmutable();
    }

    // Names last, so that equal traces come out equal whatever thread added what.
    private static int Compare(TraceEvent a, TraceEvent b)
    {
        int order = a.Start.CompareTo(b.Start);
        order = order != 0 ? order : (a.End, a.Lane, a.LaneIndex, a.Ready).CompareTo((b.End, b.Lane, b.LaneIndex, b.Ready));
        return order != 0 ? order : string.CompareOrdinal(a.Name, b.Name);
    }
}
