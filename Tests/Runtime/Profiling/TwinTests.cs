using FlashMem.Abstractions.Errors;
using FlashMem.Backends.Host;
using FlashMem.Runtime.Profiling;
using FlashMem.Runtime.Sessions;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Twin;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Runtime.Profiling;

/// <summary>From a profile of the host to its twin, which runs the host's plans.</summary>
[Collection("host")]
public sealed class TwinTests : IDisposable
{
    private const int ChunkBytes = 16 << 10;

    private static readonly ProfileOptions Small = new()
    {
        Repetitions = 2, FileBytes = 1 << 20, TransferBytes = 1 << 18, ChunkBytes = ChunkBytes, MatrixSide = 64, MatrixRows = 8,
        MostModelRuns = 2,
    };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_twin_follows_the_plan_of_its_device_by_measured_times_alone()
    {
        (string path, DeviceProfile profile) = await ProfileAsync();
        SessionOptions options = new()
        {
            CacheDirectory = folder["cache"], ChunkBytes = ChunkBytes, Spec = profile.Spec,
            Estimates = MeasuredEstimates.Of("host", profile.Twin!, pageCache: false), BudgetBytes = await SmallestBudget(path, profile),
        };
        await using HostDevice host = HostDevice.Open(new HostDeviceOptions { Threads = 1 });
        await using StreamingSession real = await StreamingSession.LoadAsync(path, options with { Device = host });
        await using SimulatedDevice device = Open(profile);
        await using StreamingSession twin = await StreamingSession.LoadAsync(
            path, options with { Device = device, Spec = null, Estimates = null, Plan = real.Plan });

        RunResult first = await twin.RunAsync(SmallModels.Inputs(twin.InputMetadata));
        RunResult second = await twin.RunAsync(SmallModels.Inputs(twin.InputMetadata));
        RunResult third = await twin.RunAsync(SmallModels.Inputs(twin.InputMetadata));

        Assert.Empty(second.Outputs);
        Assert.Equal(0, device.TimeSources!.Estimated);
        Assert.Equal(real.Plan.Steps.Length, twin.Plan.Steps.Length);
        Assert.True(second.Report.StreamedBytes > 0, "the plan streams nothing");
        Assert.InRange(second.Report.Time.MedianMs, profile.Twin!.RunOverhead.Value * 1e3, first.Report.Time.MedianMs);
        Assert.Equal(second.Report.Time.MedianMs, third.Report.Time.MedianMs);
    }

    [Fact]
    public async Task A_device_planned_for_by_its_profile_and_its_twin_have_the_same_plan()
    {
        (string path, DeviceProfile profile) = await ProfileAsync();
        SessionOptions options = new()
        {
            CacheDirectory = folder["cache"], ChunkBytes = ChunkBytes, BudgetBytes = await SmallestBudget(path, profile),
        };
        var estimates = MeasuredEstimates.Of("host", profile.Twin!, pageCache: false);
        await using HostDevice host = HostDevice.Open(new HostDeviceOptions { Threads = 1 });
        await using StreamingSession real = await StreamingSession.LoadAsync(
            path, options with { Device = host, Spec = profile.Spec, Estimates = estimates });
        await using SimulatedDevice device = Open(profile);
        await using StreamingSession twin = await StreamingSession.LoadAsync(path, options with { Device = device });

        Assert.Equal(0, estimates!.Sources.Estimated);
        Assert.Equal(real.Plan.DeviceSpecHash, twin.Plan.DeviceSpecHash);
        Assert.Equal(real.Plan.RunMs, twin.Plan.RunMs);
        Assert.Equal(
            real.Plan.Steps.Select(step => (step.Kernel, step.Panels, string.Join(',', step.Loads), string.Join(',', step.Releases))),
            twin.Plan.Steps.Select(step => (step.Kernel, step.Panels, string.Join(',', step.Loads), string.Join(',', step.Releases))));
    }

    [Fact]
    public async Task Kernels_of_a_model_that_was_not_measured_are_estimated_and_counted()
    {
        (_, DeviceProfile profile) = await ProfileAsync();
        await using SimulatedDevice device = Open(profile);
        await using StreamingSession session = await StreamingSession.LoadAsync(
            SmallModels.WriteConvNet(folder, "other.onnx"), new SessionOptions { Device = device, CacheDirectory = folder["cache"] });

        RunResult run = await session.RunAsync(SmallModels.Inputs(session.InputMetadata));

        Assert.True(run.Report.Time.MedianMs > 0);
        Assert.True(device.TimeSources!.Estimated > 0);
        Assert.True(device.TimeSources.EstimatedSeconds > 0);
    }

    [Fact]
    public async Task A_profile_without_models_has_a_twin_that_says_what_to_do()
    {
        (_, DeviceProfile profile) = await ProfileAsync();
        DeviceProfile none = profile with { Twin = profile.Twin! with { Kernels = [] } };

        var error = Assert.Throws<UsageException>(() => Open(none));

        Assert.Contains("--model", error.Message, StringComparison.Ordinal);
    }

    private static SimulatedDevice Open(DeviceProfile profile) => SimulatedDevice.OpenTwin(
        new TwinOptions { Name = "sim:host.json", Spec = profile.Spec, Figures = profile.Twin! });

    /// <summary>Through its file, so that what is simulated is what was saved.</summary>
    private async Task<(string Path, DeviceProfile Profile)> ProfileAsync()
    {
        string path = SmallModels.WriteTransformer(folder);
        await using HostDevice host = HostDevice.Open(new HostDeviceOptions { Threads = 1 });
        DeviceProfile measured = DeviceProfiler.Measure(host, folder.Path, Small, cancellationToken: TestContext.Current.CancellationToken);
        ModelTimes times = await KernelProfiler.MeasureAsync(
            host, path, Input, Small, folder["cache"], cancellationToken: TestContext.Current.CancellationToken);
        string file = folder["host.json"];
        using (FileStream stream = File.Create(file))
        {
            DeviceProfileJson.Write(stream, measured.With([times]));
        }

        DeviceProfile profile = DeviceProfileJson.ReadFile(file);
        Assert.Contains(times.Kernels, kernel => times.Kernels.Any(
            other => other.Signature == kernel.Signature && other.Panels != kernel.Panels));
        Assert.Equal(times.Kernels.ToArray(), profile.Twin!.Kernels.ToArray());
        Assert.Equal(host.Capabilities.PanelWidth, profile.Twin.Capabilities.PanelWidth);
        return (path, profile);
    }

    private async Task<long> SmallestBudget(string path, DeviceProfile profile)
    {
        await using SimulatedDevice device = Open(profile);
        var options = new SessionOptions { Device = device, CacheDirectory = folder["cache"], ChunkBytes = ChunkBytes, BudgetBytes = 1 };
        return (await Assert.ThrowsAsync<BudgetException>(() => StreamingSession.LoadAsync(path, options))).SmallestBytes;
    }

    private static Tensor Input(TensorMetadata input) => SmallModels.Inputs(
        new Dictionary<string, TensorMetadata> { [input.Name] = input })[input.Name];
}
