using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.ILGPU.Device;

namespace FlashMem.Tests.Conformance;

/// <summary>
/// ILGPU's kernels on this machine's processors: a group is four threads of the system, so that barriers count, and shapes stay small, because an
/// element takes microseconds. With FLASHMEM_ILGPU=cuda or opencl the same suite runs on a GPU, with more kernels.
/// </summary>
public sealed class IlgpuFixture : IDeviceFixture
{
    private readonly Lazy<IlgpuDevice> device = new(OpenDevice);

    public IDevice Device => device.Value;

    public int CasesPerFamily => Kind == IlgpuDeviceKind.Cpu ? 12 : 60;

    private static IlgpuDeviceKind Kind => Environment.GetEnvironmentVariable("FLASHMEM_ILGPU") switch
    {
        "cuda" => IlgpuDeviceKind.Cuda,
        "opencl" => IlgpuDeviceKind.OpenCl,
        null or "" or "cpu" => IlgpuDeviceKind.Cpu,
        { } other => throw new InvalidOperationException($"FLASHMEM_ILGPU is '{other}'; give cuda, opencl or cpu"),
    };

    public IDevice Open() => OpenDevice();

    public string? Gap(KernelDesc kernel) => null;

    public ValueTask DisposeAsync() => device.IsValueCreated ? device.Value.DisposeAsync() : ValueTask.CompletedTask;

    private static IlgpuDevice OpenDevice() => IlgpuDevice.Open(new IlgpuDeviceOptions { Kind = Kind });
}
