using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Tests.Support;

namespace FlashMem.Tests.Conformance;

/// <summary>The first OpenCL device; tests are skipped with the reason where there is none.</summary>
public sealed class OpenClFixture : IDeviceFixture
{
    private readonly Lazy<OpenClDevice> device = new(OpenClTestDevice.Open);

    public IDevice Device => device.Value;

    public IDevice Open() => OpenClTestDevice.Open();

    public string? Gap(KernelDesc kernel) => NotYet.Contains(kernel.Family) ? $"{kernel.Family} is not there yet" : null;

    public ValueTask DisposeAsync() => device.IsValueCreated ? device.Value.DisposeAsync() : ValueTask.CompletedTask;

    private static readonly KernelFamily[] NotYet =
    [
        KernelFamily.Elementwise,
        KernelFamily.Softmax,
        KernelFamily.Normalize,
        KernelFamily.Reduce,
        KernelFamily.Pool,
        KernelFamily.Resize,
        KernelFamily.Gather,
        KernelFamily.Scatter,
        KernelFamily.Copy,
    ];
}
