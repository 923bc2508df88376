namespace FlashMem.Tests.Conformance;

/// <summary>A simulated device over the host runs the whole suite; <see cref="SimulatedFixture.Gap"/> lists nothing.</summary>
public sealed class SimulatedKernelConformance(SimulatedFixture fixture) : KernelConformance<SimulatedFixture>(fixture);

public sealed class SimulatedHalfConformance(SimulatedFixture fixture) : HalfConformance<SimulatedFixture>(fixture);

public sealed class SimulatedQueueConformance(SimulatedFixture fixture) : QueueConformance<SimulatedFixture>(fixture);

public sealed class SimulatedMemoryConformance(SimulatedFixture fixture) : MemoryConformance<SimulatedFixture>(fixture);

public sealed class SimulatedTimelineConformance(SimulatedFixture fixture) : TimelineConformance<SimulatedFixture>(fixture);
