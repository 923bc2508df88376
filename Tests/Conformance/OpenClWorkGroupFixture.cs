using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Tests.Support;

namespace FlashMem.Tests.Conformance;

/// <summary>The first OpenCL device with the kernels that GPUs get; on a GPU the same as <see cref="OpenClFixture"/>.</summary>
public sealed class OpenClWorkGroupFixture : IDeviceFixture
{
    private readonly Lazy<WorkGroupDevice> device = new(OpenDevice);

    public IDevice Device => device.Value;

    public IDevice Open() => OpenDevice();

    public string? Gap(KernelDesc kernel) => null;

    public ValueTask DisposeAsync() => device.IsValueCreated ? device.Value.DisposeAsync() : ValueTask.CompletedTask;

    private static WorkGroupDevice OpenDevice() => new(OpenClTestDevice.Open());
}

/// <summary>Every family in its form for GPUs.</summary>
public sealed class OpenClWorkGroupKernelConformance(OpenClWorkGroupFixture fixture) : KernelConformance<OpenClWorkGroupFixture>(fixture);
