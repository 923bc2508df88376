using System.Runtime.InteropServices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Specs;
using FlashMem.Tests.Graph.Lowering;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Device;

/// <summary>Whole models on simulated phones: the bits of the host, a clock of their own, and no need for weights when only time counts.</summary>
[Collection("host")]
public sealed class SimulatedSessionTests : IAsyncLifetime
{
    private const long ChunkBytes = 16 * 1024;

    private readonly TemporaryFolder folder = new();
    private readonly HostDevice host = HostDevice.Open(new HostDeviceOptions { Threads = 1 });

    private SessionOptions Options => new() { CacheDirectory = folder["cache"], ChunkBytes = ChunkBytes, HashOutputs = true };

    public static TheoryData<string, string, MoveMode> Cases => new()
    {
        { "convnet", "pixel-4", MoveMode.CopyQueue },
        { "convnet", "oneplus-12", MoveMode.InKernel },
        { "transformer", "pixel-8", MoveMode.CopyQueue },
        { "transformer", "pixel-4", MoveMode.InKernel },
    };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        Assert.Equal(0, host.AllocatedBytes);
        await host.DisposeAsync();
        folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_phone_gives_the_bits_of_the_host_and_the_same_report_and_trace_twice(string model, string preset, MoveMode mode)
    {
        string path = Write(model);
        (Dictionary<string, Tensor> inputs, Dictionary<string, byte[]> expected) = await OnHostAsync(path);
        SessionOptions options = Options with { MoveMode = mode };
        foreach (long? budget in new long?[] { await SmallestBudget(path, preset, options), null })
        {
            (byte[] Report, byte[] Trace) first = await Run(path, Open(preset), options with { BudgetBytes = budget }, inputs, expected);
            (byte[] Report, byte[] Trace) second = await Run(path, Open(preset), options with { BudgetBytes = budget }, inputs, expected);
            Assert.Equal(first.Report, second.Report);
            Assert.Equal(first.Trace, second.Trace);
        }
    }

    [Property(MaxTest = 12)]
    public async Task Random_networks_give_the_bits_of_the_host(int seed, byte share, byte policy)
    {
        ModelGraph graph = RandomLayerGraph.Build(seed);
        string path = folder.Write($"random{seed}.onnx", OnnxWriter.Write(graph, Weights(graph)));
        (Dictionary<string, Tensor> inputs, Dictionary<string, byte[]> expected) = await OnHostAsync(path);
        PlanPolicy[] policies = Enum.GetValues<PlanPolicy>();
        SessionOptions options = Options with { ChunkBytes = 4096, Policy = policies[policy % policies.Length] };
        long smallest = await SmallestBudget(path, "pixel-4", options);

        await Run(path, TestDevices.WithValues(), options with { BudgetBytes = smallest + (share * 64L) }, inputs, expected);
    }

    [Fact]
    public async Task Only_time_needs_no_weights_and_takes_the_same_time()
    {
        string path = Write("transformer");
        long budget = await SmallestBudget(path, "pixel-4", Options);
        SessionOptions options = Options with { BudgetBytes = budget };
        RunReport valued = await Report(path, Open("pixel-4"), options);
        RunReport timed = await Report(path, Open("pixel-4", timingOnly: true), options with { CacheDirectory = folder["nothing"] });

        Assert.False(Directory.Exists(folder["nothing"]));
        Assert.Equal(valued.Time.RunsMs, timed.Time.RunsMs);
        Assert.Equal(valued.Time, timed.Time with { RunsMs = valued.Time.RunsMs });
        Assert.Equal(valued.Memory, timed.Memory);
        Assert.All(valued.Outputs, output => Assert.NotNull(output.Sha256));
        Assert.Equal(valued.Outputs.Select(output => (output.Name, output.Shape)), timed.Outputs.Select(output => (output.Name, output.Shape)));
        Assert.All(timed.Outputs, output => Assert.Null(output.Sha256));
        Assert.Null(timed.Memory.Process);
        Assert.Equal(new PreparationFigures(null, null, null, null), timed.Time.Preparation);
        Assert.Null(timed.Plan.SolveMs);
    }

    [Fact]
    public async Task A_plan_of_a_run_without_values_runs_with_them()
    {
        string path = Write("convnet");
        OverlapPlan plan;
        SessionOptions options = Options with { BudgetBytes = await SmallestBudget(path, "pixel-4", Options) };
        await using (SimulatedDevice device = Open("pixel-4", timingOnly: true))
        await using (StreamingSession session = await StreamingSession.LoadAsync(path, options with { Device = device }))
        {
            plan = session.Plan;
        }

        (Dictionary<string, Tensor> inputs, Dictionary<string, byte[]> expected) = await OnHostAsync(path);
        await Run(path, Open("pixel-4"), Options with { Plan = plan }, inputs, expected);
    }

    [Fact]
    public async Task Faster_storage_makes_a_streamed_run_shorter_and_less_memory_is_refused()
    {
        string path = Write("convnet");
        SessionOptions options = Options with { BudgetBytes = await SmallestBudget(path, "pixel-4", Options) };
        double slow = (await Report(path, Open("pixel-4", timingOnly: true), options)).Time.MedianMs;
        double fast = (await Report(path, Open("pixel-4", timingOnly: true, "storage.bandwidth=7.5GB/s"), options)).Time.MedianMs;
        Assert.True(fast < slow, $"{fast} ms, {slow} ms");

        await using SimulatedDevice poor = TestDevices.WithValues(new SimulatorFaults { MemoryBytes = options.BudgetBytes / 2 });
        await Assert.ThrowsAsync<DeviceException>(() => StreamingSession.LoadAsync(path, options with { Device = poor }));
    }

    [Fact]
    public async Task A_changed_weight_file_fails_the_run_with_file_and_range()
    {
        string path = Write("convnet");
        await using SimulatedDevice device = TestDevices.WithValues();
        await using StreamingSession session = await StreamingSession.LoadAsync(path, Options with { Device = device });
        Dictionary<string, Tensor> inputs = SmallModels.Inputs(session.InputMetadata);
        using (FileStream file = File.Open(session.WeightFilePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(file.Length + 1);
        }

        var error = await Assert.ThrowsAsync<RunFailedException>(() => session.RunAsync(inputs));
        Assert.Contains(session.WeightFilePath, error.Message, StringComparison.Ordinal);
    }

    private static SimulatedDevice Open(string preset, bool timingOnly = false, params string[] set) => SimulatedDevice.Open(
        new SimulatedDeviceOptions
        {
            Name = $"sim:{preset}",
            Spec = SpecOverrides.Apply(SimulatorPresets.Load(preset), set),
            Values = timingOnly ? null : HostDevice.Open(new HostDeviceOptions { Threads = 1 }),
        });

    private static async Task<(byte[] Report, byte[] Trace)> Run(
        string path, SimulatedDevice opened, SessionOptions options, Dictionary<string, Tensor> inputs, Dictionary<string, byte[]> expected)
    {
        await using SimulatedDevice device = opened;
        await using StreamingSession session = await StreamingSession.LoadAsync(path, options with { Device = device });
        RunResult result = null!;
        for (int run = 0; run < 2; run++)
        {
            result = await session.RunAsync(inputs);
            Assert.Equal(expected, Bytes(result));
        }

        using var report = new MemoryStream();
        RunReportJson.Write(report, result.Report);
        using var trace = new MemoryStream();
        result.Trace?.WriteChrome(trace);
        return (report.ToArray(), trace.ToArray());
    }

    private static async Task<RunReport> Report(string path, SimulatedDevice opened, SessionOptions options)
    {
        await using SimulatedDevice device = opened;
        await using StreamingSession session = await StreamingSession.LoadAsync(path, options with { Device = device });
        return (await session.RunAsync(SmallModels.Inputs(session.InputMetadata))).Report;
    }

    private static async Task<long> SmallestBudget(string path, string preset, SessionOptions options)
    {
        await using SimulatedDevice device = Open(preset, timingOnly: true);
        return (await Assert.ThrowsAsync<BudgetException>(
            () => StreamingSession.LoadAsync(path, options with { Device = device, BudgetBytes = 1 }))).SmallestBytes;
    }

    private static Dictionary<string, byte[]> Bytes(RunResult result) =>
        result.Outputs.ToDictionary(output => output.Key, output => output.Value.Bytes.ToArray());

    private static Dictionary<string, byte[]> Weights(ModelGraph graph)
    {
        var random = new Random(7);
        return graph.Weights.Values.OrderBy(weight => weight.Name, StringComparer.Ordinal).ToDictionary(
            weight => weight.Name,
            weight => MemoryMarshal.AsBytes<float>(
                Enumerable.Range(0, (int)weight.Shape.ElementCount).Select(_ => random.NextSingle() - 0.5f).ToArray()).ToArray());
    }

    private async Task<(Dictionary<string, Tensor> Inputs, Dictionary<string, byte[]> Outputs)> OnHostAsync(string path)
    {
        await using StreamingSession session = await StreamingSession.LoadAsync(path, Options with { Device = host });
        Dictionary<string, Tensor> inputs = SmallModels.Inputs(session.InputMetadata);
        return (inputs, Bytes(await session.RunAsync(inputs)));
    }

    private string Write(string name) => name == "convnet" ? SmallModels.WriteConvNet(folder) : SmallModels.WriteTransformer(folder);
}
