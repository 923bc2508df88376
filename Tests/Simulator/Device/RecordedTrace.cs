using FlashMem.Abstractions.Tracing;

namespace FlashMem.Tests.Simulator.Device;

/// <summary>Keeps what a device traces.</summary>
internal sealed class RecordedTrace : ITraceSink
{
    public List<TraceEvent> Events { get; } = [];

    public List<TraceSample> Samples { get; } = [];

    /// <summary>Called after every event.</summary>
    public Action Added { get; set; } = () => { };

    public void Add(TraceEvent traceEvent)
    {
        Events.Add(traceEvent);
        Added();
    }

    public void Add(TraceSample sample) => Samples.Add(sample);
}
