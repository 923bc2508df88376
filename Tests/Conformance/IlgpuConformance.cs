namespace FlashMem.Tests.Conformance;

/// <summary>ILGPU runs the whole suite; <see cref="IlgpuFixture.Gap"/> lists nothing.</summary>
public sealed class IlgpuKernelConformance(IlgpuFixture fixture) : KernelConformance<IlgpuFixture>(fixture);

public sealed class IlgpuQueueConformance(IlgpuFixture fixture) : QueueConformance<IlgpuFixture>(fixture);

public sealed class IlgpuMemoryConformance(IlgpuFixture fixture) : MemoryConformance<IlgpuFixture>(fixture);

public sealed class IlgpuTimelineConformance(IlgpuFixture fixture) : TimelineConformance<IlgpuFixture>(fixture);
