using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Stages;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Runtime.Stages;
using FlashMem.Scheduling.Plans;
using FlashMem.Simulator.Device;
using FlashMem.Tests.Graph.Lowering;
using FlashMem.Tests.Graph.Passes;
using FlashMem.Tests.Simulator.Device;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;
using static FlashMem.Tests.Support.SessionChecks;

namespace FlashMem.Tests.Runtime.Stages;

[Collection("host")]
public sealed class StagedSessionTests : IAsyncLifetime
{
    private const long ChunkBytes = 16 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();
    private readonly HostDevice[] hosts = [.. Enumerable.Range(0, 4).Select(_ => HostDevice.Open(new HostDeviceOptions { Threads = 1 }))];

    private SessionOptions Options => new() { CacheDirectory = folder["cache"], ChunkBytes = ChunkBytes };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (HostDevice host in hosts)
        {
            Assert.Equal(0, host.AllocatedBytes);
            await host.DisposeAsync();
        }

        folder.Dispose();
    }

    [Theory]
    [InlineData("convnet", 2)]
    [InlineData("convnet", 3)]
    [InlineData("transformer", 2)]
    [InlineData("transformer", 4)]
    public async Task Stages_give_the_bits_of_the_whole_model_resident_and_in_the_smallest_budget(string name, int count)
    {
        string path = Write(name);
        (Dictionary<string, Tensor> inputs, Dictionary<string, byte[]> expected) = await WholeAsync(path, Options);
        StagedOptions options = Over(hosts[..count]);
        foreach (long? budget in new long?[] { null, await SmallestBudget(path, options) })
        {
            StagedOptions budgeted = options with { Session = Options with { BudgetBytes = budget } };
            await using StagedSession session = await StagedSession.LoadAsync(path, budgeted);
            Assert.Equal(count, session.Stages.Length);
            for (int run = 0; run < 3; run++)
            {
                StagedResult result = await session.RunAsync(inputs);
                Assert.Equal(expected, Bytes(result.Outputs));
                Assert.All(result.Run.Stages, stage => Assert.True(stage.Report.Memory.PeakBytes <= (budget ?? long.MaxValue)));
            }
        }
    }

    [Property(MaxTest = 25)]
    public async Task Random_networks_cut_anywhere_give_the_bits_of_the_whole(int seed, byte count, byte share, bool peers)
    {
        ModelGraph graph = RandomLayerGraph.Build(seed);
        string path = folder.Write($"random{seed}.onnx", OnnxWriter.Write(graph, Weights(graph)));
        SessionOptions options = Options with { ChunkBytes = 4096, CacheDirectory = folder[$"cache{seed}"] };
        int kernels = KernelsOf(path, options);
        if (kernels == 0)
        {
            return;
        }

        (IReadOnlyDictionary<string, Tensor>[] inputs, Dictionary<string, byte[]>[] expected) = await WholeAsync(path, options, 4);
        ImmutableArray<int> starts = Cuts.Random(kernels, count, seed);
        IDevice[] devices = [.. hosts.Take(starts.Length).Select(host => peers ? (IDevice)new WatchedDevice(host, true) : host)];
        var staged = new StagedOptions { Devices = devices, Session = options, Starts = starts };
        long budget = await SmallestBudget(path, staged) + (share * 64L);
        await using StagedSession session = await LoadAsync(path, staged, budget);
        Assert.Equal(starts, session.Cut.Starts);

        await session.RunManyAsync(inputs, (run, outputs) => Assert.Equal(expected[run], Bytes(outputs)));
    }

    [Fact]
    public async Task Fetched_rows_tied_weights_and_skipping_values_work_under_a_budget()
    {
        var b = new GraphBuilder();
        string ids = b.Input("ids", ElementType.Int64, 1, 6);
        string rows = b.Op("Gather", [b.Weight("embedding", SmallModels.Vocabulary, 64), ids]);
        string first = b.Op("Relu", [b.Op("MatMul", [rows, b.Weight("tied", 64, 64)])]);
        string second = b.Op("Relu", [b.Op("MatMul", [first, b.Weight("middle", 64, 64)])]);
        string third = b.Op("Relu", [b.Op("MatMul", [second, "tied"])]);
        string again = b.Op("Gather", ["embedding", ids]);
        ModelGraph graph = b.Build(b.Op("Concat", [b.Op("Add", [third, again]), first], ("axis", 2)));
        string path = folder.Write("tied.onnx", OnnxWriter.Write(graph, Weights(graph)));
        SessionOptions options = Options with { ChunkBytes = 4096 };
        (Dictionary<string, Tensor> inputs, Dictionary<string, byte[]> expected) = await WholeAsync(path, options);
        int kernels = KernelsOf(path, options);
        bool tiedInTwo = false;
        bool skips = false;
        for (int middle = 1; middle < kernels - 1; middle++)
        {
            var staged = new StagedOptions { Devices = hosts[..3], Session = options, Starts = [0, middle, middle + 1] };
            long budget = await SmallestBudget(path, staged);
            await using StagedSession session = await LoadAsync(path, staged, budget);
            tiedInTwo |= session.Stages.Count(stage => stage.Graph.Weights.Any(weight => weight.Name == "tied")) > 1;
            skips |= session.Stages.SelectMany(stage => stage.Arrivals).Any(crossing => crossing.To > crossing.From + 1);
            for (int run = 0; run < 2; run++)
            {
                Assert.Equal(expected, Bytes((await session.RunAsync(inputs)).Outputs));
            }
        }

        Assert.True(tiedInTwo);
        Assert.True(skips);
    }

    [Fact]
    public async Task Values_go_from_device_to_device_where_both_can()
    {
        string path = Write("transformer");
        (IReadOnlyDictionary<string, Tensor>[] inputs, Dictionary<string, byte[]>[] expected) = await WholeAsync(path, Options, 4);
        WatchedDevice[] devices = [new(hosts[0]), new(hosts[1], copiesFromOthers: true), new(hosts[2])];
        await using StagedSession session = await StagedSession.LoadAsync(path, Over(devices));
        StagedResult alone = await session.RunAsync(inputs[0]);
        ImmutableArray<StagedRun> together = await session.RunManyAsync(
            inputs, (run, outputs) => Assert.Equal(expected[run], Bytes(outputs)));

        Assert.Equal(expected[0], Bytes(alone.Outputs));
        StagedReport report = session.Report(alone, together);
        Assert.All(report.Crossings, crossing => Assert.Equal(crossing is { From: 0, To: 1 } ? "peer" : "host", crossing.Way));
        int values = report.Crossings.Single(crossing => crossing is { From: 0, To: 1 }).Values;
        Assert.Equal(5 * values, devices[1].Copies);
        Assert.Equal((0, 0), (devices[0].Copies, devices[2].Copies));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_next_run_enters_a_stage_while_the_one_before_is_in_the_next(bool peers)
    {
        WatchedDevice[] devices = [new(hosts[0]), new(hosts[1], peers)];
        await using StagedSession session = await StagedSession.LoadAsync(Write("convnet"), Over(devices));
        Dictionary<string, Tensor> inputs = SmallModels.Inputs(session.InputMetadata);
        await session.RunAsync(inputs);
        int steps = session.Plans[0].Steps.Length;
        using var behind = new ManualResetEventSlim();
        bool waited = true;
        devices[0].Dispatching = dispatched =>
        {
            if (dispatched == 2 * steps)
            {
                behind.Set();
            }
        };

        // The first of two runs stays in the second stage until the other has come into the first one.
        devices[1].Dispatching = dispatched =>
        {
            if (dispatched == session.Plans[1].Steps.Length)
            {
                waited = behind.Wait(Patience);
            }
        };
        await session.RunManyAsync([inputs, inputs]);

        Assert.True(behind.IsSet && waited, "the second run did not enter the first stage");
    }

    [Fact]
    public async Task Simulated_stages_overlap_in_their_own_time_which_repeats()
    {
        string path = Write("transformer");
        (StagedReport Report, ImmutableArray<StagedRun> Runs) first = await Simulate();
        (StagedReport Report, ImmutableArray<StagedRun> Runs) second = await Simulate();

        Assert.Equal(Times(first.Runs), Times(second.Runs));
        StagedReport report = first.Report;
        Assert.True(report.IsComposedTime);
        Assert.Null(report.Process);
        Assert.All(report.Outputs, output => Assert.Null(output.Sha256));
        double slowest = report.Stages.Max(stage => stage.TogetherMs!.Value);
        Assert.Equal(1e3 / slowest, report.Time.RunsPerSecond!.Value, 1e-6);
        Assert.Equal(report.Time.LatencyMs, report.Stages.Sum(stage => stage.AloneMs), 1e-6);
        Assert.True(report.Time.RunsPerSecond > 1e3 / report.Time.LatencyMs);
        for (int run = 1; run < first.Runs.Length; run++)
        {
            Assert.True(first.Runs[run].Start < first.Runs[run - 1].End, "the runs did not overlap");
            for (int stage = 0; stage < 2; stage++)
            {
                Assert.True(first.Runs[run].Stages[stage].Start >= first.Runs[run - 1].Stages[stage].End, "two runs were in one stage");
            }
        }

        async Task<(StagedReport Report, ImmutableArray<StagedRun> Runs)> Simulate()
        {
            await using SimulatedDevice one = TestDevices.TimingOnly();
            await using SimulatedDevice other = TestDevices.TimingOnly();
            StagedOptions options = Over([one, other]);
            options = options with { Session = Options with { HashOutputs = true, BudgetBytes = await SmallestBudget(path, options) } };
            await using StagedSession session = await StagedSession.LoadAsync(path, options);
            Dictionary<string, Tensor> inputs = SmallModels.Inputs(session.InputMetadata);
            await session.RunAsync(inputs);
            StagedResult alone = await session.RunAsync(inputs);
            ImmutableArray<StagedRun> runs = await session.RunManyAsync(
                [.. Enumerable.Repeat<IReadOnlyDictionary<string, Tensor>>(inputs, 6)]);
            return (session.Report(alone, runs), runs);
        }

        static IEnumerable<(long, long)> Times(ImmutableArray<StagedRun> runs) =>
            runs.SelectMany(run => run.Stages).Select(stage => (stage.Start.Picoseconds, stage.End.Picoseconds));
    }

    [Fact]
    public async Task A_storage_fault_in_the_second_stage_names_it_and_leaves_the_session_usable()
    {
        string path = Write("transformer");
        (Dictionary<string, Tensor> inputs, Dictionary<string, byte[]> expected) = await WholeAsync(path, Options);
        await using SimulatedDevice faulty = TestDevices.WithValues(new SimulatorFaults { FailingRead = 2 });
        await using StagedSession session = await StagedSession.LoadAsync(path, Over([hosts[0], faulty]));

        var error = await Assert.ThrowsAsync<RunFailedException>(() => session.RunAsync(inputs));

        Assert.Contains($"stage 2 of 2 on {faulty.Name}", error.Message, StringComparison.Ordinal);
        for (int run = 0; run < 2; run++)
        {
            Assert.Equal(expected, Bytes((await session.RunAsync(inputs)).Outputs));
        }
    }

    [Fact]
    public async Task A_run_that_fails_among_others_ends_them_with_its_cause()
    {
        string path = Write("transformer");
        (Dictionary<string, Tensor> inputs, Dictionary<string, byte[]> expected) = await WholeAsync(path, Options);
        await using SimulatedDevice faulty = TestDevices.WithValues(new SimulatorFaults { FailingRead = 2 });
        await using StagedSession session = await StagedSession.LoadAsync(path, Over([hosts[0], faulty]));
        IReadOnlyDictionary<string, Tensor>[] four = [.. Enumerable.Repeat<IReadOnlyDictionary<string, Tensor>>(inputs, 4)];

        await Assert.ThrowsAsync<RunFailedException>(() => session.RunManyAsync(four));

        await session.RunManyAsync(four, (_, outputs) => Assert.Equal(expected, Bytes(outputs)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancelled_runs_leave_the_session_and_other_runs_usable(bool peers)
    {
        string path = Write("transformer");
        (Dictionary<string, Tensor> inputs, Dictionary<string, byte[]> expected) = await WholeAsync(path, Options);
        WatchedDevice[] devices = [.. hosts.Take(3).Select(host => new WatchedDevice(host, peers))];
        await using StagedSession session = await StagedSession.LoadAsync(path, Over(devices));
        var random = new Random(5);
        for (int i = 0; i < 12; i++)
        {
            // Cancelled where some kernel of either run is enqueued, or after both.
            using var source = new CancellationTokenSource();
            int stage = random.Next(devices.Length);
            int left = random.Next(1, (2 * session.Plans[stage].Steps.Length) + 2);
            Task cancelled = Task.CompletedTask;
            devices[stage].Dispatching = _ => cancelled = --left == 0 ? source.CancelAsync() : cancelled;
            Task<StagedResult> stays = session.RunAsync(inputs);
            Task<StagedResult> goes = session.RunAsync(inputs, source.Token);
            try
            {
                Assert.Equal(expected, Bytes((await goes).Outputs));
            }
            catch (OperationCanceledException error)
            {
                Assert.Equal(source.Token, error.CancellationToken);
            }

            Assert.Equal(expected, Bytes((await stays).Outputs));
            await cancelled;
            devices[stage].Dispatching = null;
        }
    }

    [Fact]
    public async Task Disposing_ends_runs_in_flight()
    {
        StagedSession session = await StagedSession.LoadAsync(Write("transformer"), Over(hosts[..2]));
        Dictionary<string, Tensor> inputs = SmallModels.Inputs(session.InputMetadata);
        Task<StagedResult>[] runs = [.. Enumerable.Range(0, 4).Select(_ => session.RunAsync(inputs))];

        await session.DisposeAsync();

        foreach (Task<StagedResult> run in runs)
        {
            Exception? ended = await Record.ExceptionAsync(() => run);
            Assert.True(ended is null or OperationCanceledException or ObjectDisposedException, $"{ended}");
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.RunAsync(inputs));
    }

    [Fact]
    public async Task A_budget_below_a_stage_s_floor_names_the_stage_its_device_and_what_works()
    {
        string path = Write("transformer");
        StagedOptions options = Over(hosts[..2]) with { Starts = [0, 5] };
        long smallest = await SmallestBudget(path, options);

        var error = await Assert.ThrowsAsync<BudgetException>(
            () => StagedSession.LoadAsync(path, options with { Session = Options with { BudgetBytes = smallest - 4096 } }));

        Assert.Equal(smallest, error.SmallestBytes);
        Assert.Contains("of 2 of transformer", error.Message, StringComparison.Ordinal);
        Assert.Contains("on host", error.Message, StringComparison.Ordinal);
        Assert.Contains($"({smallest} bytes)", error.Message, StringComparison.Ordinal);
        await using StagedSession works = await LoadAsync(path, options, smallest);
        Assert.All(works.Plans, plan => Assert.True(plan.PeakBytes <= smallest));
        Assert.False(Directory.Exists(folder["other"]));
    }

    [Fact]
    public async Task What_belongs_to_one_device_is_refused()
    {
        string path = Write("convnet");
        await Refused(Over([hosts[0], hosts[0]]));
        await Refused(Over([]));
        await Refused(Over(hosts[..2]) with { Session = Options with { Device = hosts[0] } });
        await Refused(Over(hosts[..2]) with { Session = Options with { Pin = ["*"] } });
        await Refused(Over(hosts[..2]) with { Starts = [0, 1, 2] });
        await using SimulatedDevice timing = TestDevices.TimingOnly();
        await Refused(Over([hosts[0], timing]));

        Task Refused(StagedOptions options) => Assert.ThrowsAsync<UsageException>(() => StagedSession.LoadAsync(path, options));
    }

    [Fact]
    public async Task A_weight_file_opens_like_a_model()
    {
        string path = Write("convnet");
        (Dictionary<string, Tensor> inputs, Dictionary<string, byte[]> expected) = await WholeAsync(path, Options);
        string file = Directory.GetFiles(folder["cache"], "*.flashmem", SearchOption.AllDirectories).Single();
        await using StagedSession session = await StagedSession.LoadAsync(file, Over(hosts[..2]));

        Assert.Equal(expected, Bytes((await session.RunAsync(inputs)).Outputs));
    }

    [Fact]
    public async Task Devices_of_different_kinds_share_a_model_with_a_weight_file_each()
    {
        await using OpenClDevice opencl = OpenClTestDevice.Open();
        string path = Write("convnet");
        (Dictionary<string, Tensor> inputs, Dictionary<string, byte[]> expected) = await WholeAsync(path, Options);
        StagedOptions options = Over([opencl, hosts[0]]);
        options = options with { Session = Options with { BudgetBytes = await SmallestBudget(path, options) } };
        await using StagedSession session = await StagedSession.LoadAsync(path, options);

        float[] got = MemoryMarshal.Cast<byte, float>(Bytes((await session.RunAsync(inputs)).Outputs).Values.Single()).ToArray();

        float[] wanted = MemoryMarshal.Cast<byte, float>(expected.Values.Single()).ToArray();
        double scale = Math.Sqrt(wanted.Average(value => (double)value * value));
        Assert.All(wanted.Zip(got), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1e-3 * scale));
    }

    private static Task<StagedSession> LoadAsync(string path, StagedOptions options, long? budget) =>
        StagedSession.LoadAsync(path, options with { Session = options.Session with { BudgetBytes = budget } });

    private static async Task<long> SmallestBudget(string path, StagedOptions options) => (await Assert.ThrowsAsync<BudgetException>(
        () => StagedSession.LoadAsync(path, options with { Session = options.Session with { BudgetBytes = 1 } }))).SmallestBytes;

    private static Dictionary<string, byte[]> Weights(ModelGraph graph)
    {
        var random = new Random(7);
        return graph.Weights.Values.OrderBy(weight => weight.Name, StringComparer.Ordinal).ToDictionary(
            weight => weight.Name,
            weight => MemoryMarshal.AsBytes<float>(
                Enumerable.Range(0, (int)weight.Shape.ElementCount).Select(_ => random.NextSingle() - 0.5f).ToArray()).ToArray());
    }

    private static int KernelsOf(string path, SessionOptions options)
    {
        using LocatedModel model = ModelLocator.CompileGraph(
            path, options.WeightType, new DeviceCapabilities { ZeroCopy = true, PanelWidth = 32, WorkspaceBytes = 0 }, options.ChunkBytes);
        return model.Graph.Kernels.Length;
    }

    private StagedOptions Over(IReadOnlyList<IDevice> devices) => new() { Devices = devices, Session = Options };

    private string Write(string name) => name == "convnet" ? SmallModels.WriteConvNet(folder) : SmallModels.WriteTransformer(folder);

    /// <summary>The whole model on one host, everything resident.</summary>
    private async Task<(Dictionary<string, Tensor> Inputs, Dictionary<string, byte[]> Outputs)> WholeAsync(
        string path, SessionOptions options)
    {
        (IReadOnlyDictionary<string, Tensor>[] inputs, Dictionary<string, byte[]>[] outputs) = await WholeAsync(path, options, 1);
        return (new Dictionary<string, Tensor>(inputs[0]), outputs[0]);
    }

    /// <summary>The same for several runs with inputs of their own.</summary>
    private async Task<(IReadOnlyDictionary<string, Tensor>[] Inputs, Dictionary<string, byte[]>[] Outputs)> WholeAsync(
        string path, SessionOptions options, int runs)
    {
        await using StreamingSession session = await StreamingSession.LoadAsync(path, options with { Device = hosts[3] });
        IReadOnlyDictionary<string, Tensor>[] inputs =
            [.. Enumerable.Range(1, runs).Select(seed => SmallModels.Inputs(session.InputMetadata, seed))];
        var outputs = new List<Dictionary<string, byte[]>>();
        foreach (IReadOnlyDictionary<string, Tensor> each in inputs)
        {
            outputs.Add(Bytes((await session.RunAsync(each)).Outputs));
        }

        return (inputs, [.. outputs]);
    }
}
