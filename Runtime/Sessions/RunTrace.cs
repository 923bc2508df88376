using System.Collections.Immutable;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Tracing;

namespace FlashMem.Runtime.Sessions;

/// <summary>What happened in one run: spans on the device's lanes and bytes in use per memory tier.</summary>
public sealed record RunTrace(ImmutableArray<TraceEvent> Events, ImmutableArray<ResidencySample> Residency)
{
    /// <summary>Counters of a simulated device, such as bandwidth; empty on others.</summary>
    public ImmutableArray<TraceSample> Samples { get; init; } = [];

    /// <summary>Writes a Chrome trace (see <see cref="ChromeTrace"/>).</summary>
    public void WriteChrome(Stream utf8) => ChromeTrace.Write(utf8, Events, Residency, Samples);
}
