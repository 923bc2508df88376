using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Measurements;
using FlashMem.Backends.Host;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Runtime.Profiling;
using FlashMem.Scheduling.Plans;
using FlashMem.Tests.Simulator.Twin;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Runtime.Profiling;

public class DeviceProfileTests
{
    private static readonly ProfileOptions Small = new()
    {
        Repetitions = 1, FileBytes = 1 << 20, TransferBytes = 1 << 18, ChunkBytes = 1 << 16, MatrixSide = 64, MatrixRows = 8,
    };

    [Fact]
    public async Task The_host_is_measured_and_leaves_no_file_behind()
    {
        using var folder = new TemporaryFolder();
        await using HostDevice device = HostDevice.Open(new HostDeviceOptions { Threads = 2 });

        DeviceProfile profile = DeviceProfiler.Measure(device, folder.Path, Small, cancellationToken: TestContext.Current.CancellationToken);

        Figure[] figures =
        [
            profile.Spec.StorageBandwidth, profile.Spec.StorageLatency, profile.Spec.TransferBandwidth, profile.Spec.MemoryBandwidth,
            profile.Spec.ComputeRate, profile.Spec.LaunchLatency, profile.CachedStorageBandwidth,
        ];
        Assert.All(figures, figure => Assert.True(figure.Value > 0 && double.IsFinite(figure.Value), figure.Source));
        Assert.All(figures, figure => Assert.Equal(FigureKind.Measured, figure.Kind));
        Assert.Empty(profile.LoadCapacities);
        Assert.Null(profile.MoveMode);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task Load_capacities_are_measured_in_every_mode_that_kernels_have()
    {
        using var folder = new TemporaryFolder();
        await using OpenClDevice device = OpenClTestDevice.Open(new OpenClDeviceOptions { ZeroCopy = false, CpuKernels = false });

        DeviceProfile profile = DeviceProfiler.Measure(device, folder.Path, Small, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                (OperatorClass.Elemental, MoveMode.CopyQueue),
                (OperatorClass.Reusable, MoveMode.CopyQueue),
                (OperatorClass.Hierarchical, MoveMode.CopyQueue),
                (OperatorClass.Elemental, MoveMode.InKernel),
                (OperatorClass.Reusable, MoveMode.InKernel),
            ],
            profile.LoadCapacities.Select(curve => (curve.Class, curve.Mode)));
        Assert.All(profile.LoadCapacities, curve => Assert.Equal(Small.TransferBytes, curve.Points[^1].ExtraBytes));
        Assert.NotNull(profile.MoveMode);
        Assert.Contains("bytes inside", profile.MoveModeReason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_holds_the_whole_profile()
    {
        DeviceProfile profile = Profile(Curve(OperatorClass.Reusable, MoveMode.CopyQueue, 1, 1.1, 1.3));
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "device.profile.json");
        using (FileStream stream = File.Create(file))
        {
            DeviceProfileJson.Write(stream, profile);
        }

        DeviceProfile read = DeviceProfileJson.ReadFile(file);

        Assert.Equal(profile.Spec, read.Spec);
        Assert.Equal(profile.CachedStorageBandwidth, read.CachedStorageBandwidth);
        Assert.Equal(profile.MoveMode, read.MoveMode);
        Assert.Equal(profile.MoveModeReason, read.MoveModeReason);
        Assert.Equal(profile.LoadCapacities[0].Points, read.LoadCapacities[0].Points);
        Assert.Equal(profile.LoadCapacities[0] with { Points = [] }, read.LoadCapacities[0] with { Points = [] });
    }

    [Fact]
    public void Plans_for_the_page_cache_wait_for_it_and_not_for_the_disk()
    {
        DeviceProfile profile = Profile(Curve(OperatorClass.Reusable, MoveMode.CopyQueue, 1, 1.1, 1.3));
        TwinFigures twin = MadeUpTwins.Figures(new DeviceCapabilities { ZeroCopy = false, PanelWidth = 32, WorkspaceBytes = 0 });
        DeviceProfile measured = profile with { Twin = twin };

        Assert.Equal(twin.CachedReads.Times[0].AloneSeconds, measured.SpecFor(pageCache: true).StorageLatency.Value);
        Assert.Equal(profile.CachedStorageBandwidth, measured.SpecFor(pageCache: true).StorageBandwidth);
        Assert.Equal(profile.Spec, measured.SpecFor(pageCache: false));
        Assert.Equal(profile.Spec.StorageLatency, profile.SpecFor(pageCache: true).StorageLatency);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("""{ "schema": "flashmem.profile/9" }""")]
    [InlineData("""{ "schema": "flashmem.profile/1", "device": "host" }""")]
    public void Another_file_is_refused_by_name(string text)
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "bad.json");
        File.WriteAllText(file, text);

        var error = Assert.Throws<UsageException>(() => DeviceProfileJson.ReadFile(file));

        Assert.Contains(file, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Capacity_is_the_largest_load_before_the_latency_leaves_its_class_limit()
    {
        // A later point that happens to be fast again does not count.
        LoadCapacityCurve curve = Curve(OperatorClass.Reusable, MoveMode.CopyQueue, 1.0, 1.1, 1.19, 1.3, 1.15);

        Assert.Equal(2, curve.CapacityBytes(0.2));
        Assert.Equal(0, curve.CapacityBytes(0));
    }

    [Theory]
    [InlineData(1.1, 1.5, MoveMode.CopyQueue)]
    [InlineData(1.5, 1.1, MoveMode.InKernel)]
    [InlineData(1.1, 1.1, MoveMode.CopyQueue)]
    public void The_mode_that_carries_more_is_chosen(double copyQueue, double inKernel, MoveMode expected)
    {
        var choice = MoveModeChoice.Of(
            [
                Curve(OperatorClass.Reusable, MoveMode.CopyQueue, 1, copyQueue),

                // Carries nothing by its class, so it says nothing for the copy queue either.
                Curve(OperatorClass.Hierarchical, MoveMode.CopyQueue, 1, 1, 1, 1),
                Curve(OperatorClass.Reusable, MoveMode.InKernel, 1, inKernel),
            ],
            null);

        Assert.Equal(expected, choice.Mode);
    }

    [Fact]
    public void Growth_counts_from_the_faster_of_the_kernels_that_carry_nothing() => Assert.Equal(
        MoveMode.CopyQueue,
        MoveModeChoice.Of(
            [
                Curve(OperatorClass.Reusable, MoveMode.CopyQueue, 1, 1.1, 1.3, 1.5),
                Curve(OperatorClass.Reusable, MoveMode.InKernel, 2, 2, 2, 2),
            ],
            null).Mode);

    [Fact]
    public void Loads_that_were_measured_one_way_only_do_not_count() => Assert.Equal(
        MoveMode.CopyQueue,
        MoveModeChoice.Of(
            [
                Curve(OperatorClass.Reusable, MoveMode.CopyQueue, 1, 1, 1.5),
                Curve(OperatorClass.Reusable, MoveMode.InKernel, 1, 1),
                Curve(OperatorClass.Elemental, MoveMode.CopyQueue, 1, 1),
                Curve(OperatorClass.Elemental, MoveMode.InKernel, 1, 1, 1, 1),
            ],
            null).Mode);

    [Fact]
    public void Where_kernels_cannot_move_chunks_the_copy_queue_does_and_the_reason_says_why()
    {
        var choice = MoveModeChoice.Of([Curve(OperatorClass.Reusable, MoveMode.CopyQueue, 1, 9)], "stale bytes");

        Assert.Equal(MoveMode.CopyQueue, choice.Mode);
        Assert.Contains("stale bytes", choice.Reason, StringComparison.Ordinal);
    }

    private static LoadCapacityCurve Curve(OperatorClass operatorClass, MoveMode mode, params double[] milliseconds) =>
        new(operatorClass, "kernel", mode, 100, [.. milliseconds.Select((ms, i) => new LoadPoint(i, ms))]);

    private static DeviceProfile Profile(LoadCapacityCurve curve)
    {
        static Figure Value(double value) => new(value, "unit", FigureKind.Measured, "test");
        return new DeviceProfile
        {
            Device = "opencl",
            Spec = new DeviceSpec
            {
                Name = "a device",
                StorageBandwidth = Value(1),
                StorageLatency = Value(2),
                TransferBandwidth = Value(3),
                MemoryBandwidth = Value(4),
                ComputeRate = Value(5),
                LaunchLatency = Value(6),
                ZeroCopy = false,
            },
            CachedStorageBandwidth = Value(7),
            LoadCapacities = [curve],
            MoveMode = MoveMode.InKernel,
            MoveModeReason = "it carries more",
        };
    }
}
