using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using Xunit;

namespace FlashMem.Tests.Conformance;

/// <summary>A device's allocations and what it says about itself.</summary>
public abstract class MemoryConformance<TFixture>(TFixture fixture) : IClassFixture<TFixture>
    where TFixture : class, IDeviceFixture
{
    private IDevice Device => fixture.Device;

    [Theory]
    [InlineData(MemoryTier.Unified)]
    [InlineData(MemoryTier.Activation)]
    public void What_is_written_is_read_back(MemoryTier tier)
    {
        var bytes = new byte[10_000];
        new Random(3).NextBytes(bytes);
        using IDeviceMemory memory = Device.Allocate(tier, 3 * bytes.Length);

        memory.Write(bytes.Length, bytes);
        var read = new byte[bytes.Length];
        memory.Read(bytes.Length, read);

        Assert.Equal(bytes, read);
        Assert.Equal(tier, memory.Tier);
        Assert.Equal(3 * bytes.Length, memory.Bytes);
    }

    [Fact]
    public void Unified_memory_is_visible_to_the_host_on_a_page_boundary()
    {
        using IDeviceMemory memory = Device.Allocate(MemoryTier.Unified, 100);

        Assert.NotEqual(0, memory.HostAddress);
        Assert.Equal(0, memory.HostAddress % 4096);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 101)]
    [InlineData(100, 1)]
    [InlineData(long.MaxValue, 1)]
    public void Reading_and_writing_outside_is_refused(long offset, int count)
    {
        using IDeviceMemory memory = Device.Allocate(MemoryTier.Unified, 100);

        Assert.ThrowsAny<ArgumentException>(() => memory.Read(offset, new byte[count]));
        Assert.ThrowsAny<ArgumentException>(() => memory.Write(offset, new byte[count]));
    }

    [Fact]
    public void What_does_not_fit_is_an_error_with_its_size()
    {
        const long Bytes = 1L << 60;

        Assert.Contains($"{Bytes}", Assert.Throws<DeviceException>(() => Device.Allocate(MemoryTier.Activation, Bytes)).Message);
    }

    [Fact]
    public void Freeing_twice_does_nothing()
    {
        IDeviceMemory memory = Device.Allocate(MemoryTier.Unified, 100);

        memory.Dispose();
        memory.Dispose();
    }

    [Fact]
    public void Every_planning_figure_is_positive_and_says_where_it_is_from()
    {
        DeviceSpec spec = Device.Spec;
        Figure[] figures =
        [
            spec.StorageBandwidth, spec.StorageLatency, spec.TransferBandwidth, spec.MemoryBandwidth, spec.ComputeRate,
            spec.LaunchLatency,
        ];

        Assert.All(figures, figure =>
        {
            Assert.True(figure.Value > 0 && double.IsFinite(figure.Value), figure.ToString());
            Assert.NotEmpty(figure.Unit);
            Assert.NotEmpty(figure.Source);
        });
        Assert.Equal(Device.Capabilities.ZeroCopy, spec.ZeroCopy);
        Assert.True(Device.Capabilities.WorkspaceBytes >= 0);
        Assert.True(Device.Capabilities.PanelWidth > 0);
    }
}
