using System.Collections.Concurrent;
using FlashMem.Abstractions.Tracing;

namespace FlashMem.Tests.Support;

/// <summary>Keeps all events, in the order in which they came.</summary>
internal sealed class TraceRecorder : ITraceSink
{
    private readonly ConcurrentQueue<TraceEvent> events = new();

    public IEnumerable<TraceEvent> Events => events;

    public void Add(TraceEvent traceEvent) => events.Enqueue(traceEvent);
}
