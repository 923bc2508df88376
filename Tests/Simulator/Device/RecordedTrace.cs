using FlashMem.Abstractions.Tracing;

namespace FlashMem.Tests.Simulator.Device;

/// <summary>Keeps what a device traces.</summary>
internal sealed class RecordedTrace : ITraceSink
{
    public List<TraceEvent> Events { get; } = [];

    public List<TraceSample> Samples { get; } = [];

    public void Add(TraceEvent traceEvent) => Events.Add(traceEvent);

    public void Add(TraceSample sample) => Samples.Add(sample);
}
