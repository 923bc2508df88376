namespace FlashMem.Tests.Conformance;

/// <summary>The first OpenCL device runs the whole suite but for what <see cref="OpenClFixture.Gap"/> lists.</summary>
public sealed class OpenClKernelConformance(OpenClFixture fixture) : KernelConformance<OpenClFixture>(fixture);

public sealed class OpenClQueueConformance(OpenClFixture fixture) : QueueConformance<OpenClFixture>(fixture);

public sealed class OpenClMemoryConformance(OpenClFixture fixture) : MemoryConformance<OpenClFixture>(fixture);

public sealed class OpenClTimelineConformance(OpenClFixture fixture) : TimelineConformance<OpenClFixture>(fixture);
