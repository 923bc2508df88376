using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Tests.Support;

namespace FlashMem.Tests.Conformance;

/// <summary>The first OpenCL device as it is; tests are skipped with the reason where there is none.</summary>
public sealed class OpenClFixture() : OpenClFixtureBase(new OpenClDeviceOptions());

/// <summary>The same device with the kernels that GPUs get, work-groups and local memory, whatever it is.</summary>
public sealed class OpenClWorkGroupFixture() : OpenClFixtureBase(new OpenClDeviceOptions { CpuKernels = false });

/// <summary>The same device as a GPU with memory of its own: staging, weights in images, kernels for GPUs.</summary>
public sealed class OpenClTextureFixture()
    : OpenClFixtureBase(new OpenClDeviceOptions { ZeroCopy = false, WeightImages = true, CpuKernels = false });

/// <summary>A device opened in one way, once it is asked for.</summary>
public abstract class OpenClFixtureBase(OpenClDeviceOptions options) : IDeviceFixture
{
    private readonly Lazy<OpenClDevice> device = new(() => OpenClTestDevice.Open(options));

    public IDevice Device => device.Value;

    public IDevice Open() => OpenClTestDevice.Open(options);

    public int CasesPerFamily => 8;

    public string? Gap(KernelDesc kernel) => null;

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return device.IsValueCreated ? device.Value.DisposeAsync() : ValueTask.CompletedTask;
    }
}
