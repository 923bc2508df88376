namespace FlashMem.Tests.Conformance;

/// <summary>The first OpenCL device runs the whole suite, its kernels in every form that some device gets.</summary>
public sealed class OpenClKernelConformance(OpenClFixture fixture) : KernelConformance<OpenClFixture>(fixture);

public sealed class OpenClHalfConformance(OpenClFixture fixture) : HalfConformance<OpenClFixture>(fixture);

public sealed class OpenClWorkGroupHalfConformance(OpenClWorkGroupFixture fixture) : HalfConformance<OpenClWorkGroupFixture>(fixture);

public sealed class OpenClTextureHalfConformance(OpenClTextureFixture fixture) : HalfConformance<OpenClTextureFixture>(fixture);

public sealed class OpenClQueueConformance(OpenClFixture fixture) : QueueConformance<OpenClFixture>(fixture);

public sealed class OpenClMemoryConformance(OpenClFixture fixture) : MemoryConformance<OpenClFixture>(fixture);

public sealed class OpenClTimelineConformance(OpenClFixture fixture) : TimelineConformance<OpenClFixture>(fixture);

public sealed class OpenClWorkGroupKernelConformance(OpenClWorkGroupFixture fixture) : KernelConformance<OpenClWorkGroupFixture>(fixture);

public sealed class OpenClTextureKernelConformance(OpenClTextureFixture fixture) : KernelConformance<OpenClTextureFixture>(fixture);

public sealed class OpenClTextureQueueConformance(OpenClTextureFixture fixture) : QueueConformance<OpenClTextureFixture>(fixture);

public sealed class OpenClTextureMemoryConformance(OpenClTextureFixture fixture) : MemoryConformance<OpenClTextureFixture>(fixture);
