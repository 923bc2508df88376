namespace FlashMem.Tests.Conformance;

/// <summary>The host runs the whole suite; <see cref="HostFixture.Gap"/> lists nothing.</summary>
public sealed class HostKernelConformance(HostFixture fixture) : KernelConformance<HostFixture>(fixture);

public sealed class HostQueueConformance(HostFixture fixture) : QueueConformance<HostFixture>(fixture);

public sealed class HostMemoryConformance(HostFixture fixture) : MemoryConformance<HostFixture>(fixture);

public sealed class HostTimelineConformance(HostFixture fixture) : TimelineConformance<HostFixture>(fixture);
