using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host;

namespace FlashMem.Tests.Conformance;

/// <summary>The host device on three threads, so that kernels are cut into tasks even on small machines.</summary>
public sealed class HostFixture : IDeviceFixture
{
    private readonly HostDevice device = OpenHost();

    public IDevice Device => device;

    public IDevice Open() => OpenHost();

    public string? Gap(KernelDesc kernel) => null;

    public ValueTask DisposeAsync() => device.DisposeAsync();

    private static HostDevice OpenHost() => HostDevice.Open(new HostDeviceOptions { Threads = 3 });
}
