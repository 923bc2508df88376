using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host;
using FlashMem.Backends.Host.Workers;
using FlashMem.Tests.Conformance;
using FlashMem.Tests.Conformance.Cases;
using Xunit;

namespace FlashMem.Tests.Backends.Host.Device;

/// <summary>What is the host's own: its options, its accounting, and results that do not depend on its threads.</summary>
public class HostDeviceTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(5000)]
    public void A_number_of_threads_that_makes_no_sense_is_refused(int threads)
    {
        var options = new HostDeviceOptions { Threads = threads };

        Assert.Contains($"{threads}", Assert.Throws<UsageException>(() => HostDevice.Open(options)).Message);
    }

    [Fact]
    public async Task Every_allocation_is_counted_until_it_is_freed()
    {
        await using HostDevice device = HostDevice.Open(new HostDeviceOptions { Threads = 1 });
        IDeviceMemory first = device.Allocate(MemoryTier.Unified, 1000);
        IDeviceMemory second = device.Allocate(MemoryTier.Activation, 234);

        Assert.Equal(1234, device.AllocatedBytes);
        first.Dispose();
        Assert.Equal(234, device.AllocatedBytes);
        second.Dispose();
        Assert.Equal(0, device.AllocatedBytes);
        Assert.Throws<ObjectDisposedException>(() => second.Read(0, new byte[1]));
    }

    [Fact]
    public async Task A_case_leaves_no_memory_behind()
    {
        await using HostDevice device = HostDevice.Open(new HostDeviceOptions { Threads = 2 });
        foreach (KernelFamily family in Enum.GetValues<KernelFamily>())
        {
            CaseRunner.Run(device, RandomCases.Create(family, new Random(1)));
        }

        Assert.Equal(0, device.AllocatedBytes);
    }

    [Fact]
    public async Task The_workspace_is_the_scratch_of_all_workers()
    {
        await using HostDevice device = HostDevice.Open(new HostDeviceOptions { Threads = 3 });

        Assert.Equal(3L * WorkerPool.ScratchBytes, device.Capabilities.WorkspaceBytes);
        Assert.True(device.Capabilities.ZeroCopy);
        Assert.Equal(32, device.Capabilities.PanelWidth);
    }

    [Theory]
    [MemberData(nameof(KernelFamilies.All), MemberType = typeof(KernelFamilies))]
    public async Task Results_are_the_same_bits_on_any_number_of_threads(KernelFamily family)
    {
        await using HostDevice one = HostDevice.Open(new HostDeviceOptions { Threads = 1 });
        await using HostDevice four = HostDevice.Open(new HostDeviceOptions { Threads = 4 });
        for (int seed = 0; seed < 15; seed++)
        {
            KernelCase kernelCase = RandomCases.Create(family, new Random(seed));

            Assert.Equal(CaseRunner.Run(one, kernelCase), CaseRunner.Run(four, kernelCase));
        }
    }

    [Fact]
    public async Task A_kernel_that_the_host_does_not_have_is_refused_by_name_and_reason()
    {
        await using HostDevice device = HostDevice.Open(new HostDeviceOptions { Threads = 1 });
        var half = TensorView.Dense(ElementType.Float16, new Shape(4));
        var copy = new CopyKernel { Name = "halves", Inputs = [half], Output = half };
        var gelu = new ElementwiseKernel
        {
            Name = "integer gelu",
            Inputs = [TensorView.Dense(ElementType.Int32, new Shape(4))],
            Output = TensorView.Dense(ElementType.Int32, new Shape(4)),
            Program = new ElementwiseProgram(1, [new ElementwiseInstruction(ElementwiseOp.Gelu, ElementType.Int32, 0)]),
        };

        string first = Assert.Throws<DeviceException>(() => device.Prepare(copy)).Message;
        string second = Assert.Throws<DeviceException>(() => device.Prepare(gelu)).Message;

        Assert.Contains("halves", first);
        Assert.Contains("Float16", first);
        Assert.Contains("integer gelu", second);
        Assert.Contains("Gelu on Int32", second);
    }

    [Fact]
    public void Large_allocations_become_resident_only_as_they_are_used()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        const long Bytes = 1L << 30;
        long before = ResidentBytes();
        using var memory = new HostMemory(MemoryTier.Unified, Bytes, _ => { });

        memory.Write(0, new byte[4096]);

        Assert.True(ResidentBytes() - before < Bytes / 4, "an untouched allocation is resident");
    }

    private static long ResidentBytes() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)
        * Environment.SystemPageSize;
}
