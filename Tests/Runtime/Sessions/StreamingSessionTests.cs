using System.Text.Json;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Abstractions.Tracing;
using FlashMem.Backends.Host;
using FlashMem.Graph.Lowering.Splitting;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Tests.Support;
using Xunit;
using static FlashMem.Tests.Support.SessionChecks;

namespace FlashMem.Tests.Runtime.Sessions;

[Collection("host")]
public sealed class StreamingSessionTests : IAsyncLifetime
{
    private const long ChunkBytes = 16 * 1024;

    private readonly TemporaryFolder folder = new();
    private readonly HostDevice device = HostDevice.Open(new HostDeviceOptions { Threads = 2 });

    private SessionOptions Options => new() { Device = device, CacheDirectory = folder["cache"], ChunkBytes = ChunkBytes };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        Assert.Equal(0, device.AllocatedBytes);
        await device.DisposeAsync();
        folder.Dispose();
    }

    public static TheoryData<string, ElementType, PlanPolicy> Cases
    {
        get
        {
            var cases = new TheoryData<string, ElementType, PlanPolicy>();
            foreach (string model in new[] { "convnet", "transformer" })
            {
                foreach (ElementType weights in new[] { ElementType.Float16, ElementType.Float32 })
                {
                    foreach (PlanPolicy policy in Enum.GetValues<PlanPolicy>())
                    {
                        cases.Add(model, weights, policy);
                    }
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Streamed_and_resident_runs_give_the_same_bits(string name, ElementType weights, PlanPolicy policy)
    {
        string path = Write(name);
        SessionOptions options = Options with { WeightType = weights, Policy = policy };
        Dictionary<string, byte[]> expected;
        Dictionary<string, Tensor> inputs;
        await using (StreamingSession resident = await StreamingSession.LoadAsync(path, options))
        {
            inputs = SmallModels.Inputs(resident.InputMetadata);
            RunResult result = await resident.RunAsync(inputs);
            expected = Bytes(result);
            Assert.NotEmpty(expected);
            Assert.True(result.Outputs.Values.All(output => output.As<float>().Data.Span.IndexOfAnyExcept(0f) >= 0));
        }

        long smallest = await SmallestBudget(path, options);
        foreach (long budget in new[] { smallest, smallest + (40 * ChunkBytes) })
        {
            await using StreamingSession streamed = await StreamingSession.LoadAsync(path, options with { BudgetBytes = budget });
            for (int run = 0; run < 3; run++)
            {
                RunResult result = await streamed.RunAsync(inputs);
                Assert.Equal(expected, Bytes(result));
                Assert.True(result.Report.Memory.PeakBytes <= result.Report.Memory.PlannedPeakBytes);
                Assert.True(result.Report.Memory.PlannedPeakBytes <= budget);
                Assert.InRange(result.Report.Memory.MeanBytes!.Value, 1, budget);
            }
        }
    }

    [Theory]
    [InlineData("convnet")]
    [InlineData("transformer")]
    public async Task Outputs_go_where_those_of_an_earlier_run_were_unless_they_do_not_fit(string name)
    {
        await using StreamingSession session = await StreamingSession.LoadAsync(Write(name), Options);
        Dictionary<string, Tensor> inputs = SmallModels.Inputs(session.InputMetadata);
        RunResult first = await session.RunAsync(inputs);
        Dictionary<string, byte[]> expected = Bytes(first);
        foreach (Tensor output in first.Outputs.Values)
        {
            output.WritableBytes.Clear();
        }

        RunResult second = await session.RunAsync(inputs, first.Outputs, TestContext.Current.CancellationToken);
        Assert.Equal(expected, Bytes(second));
        Assert.All(second.Outputs, output => Assert.Same(first.Outputs[output.Key], output.Value));

        var unfit = first.Outputs.ToDictionary(output => output.Key, _ => Tensor.Create(ElementType.Float32, new Shape(1)));
        RunResult third = await session.RunAsync(inputs, unfit, TestContext.Current.CancellationToken);
        Assert.Equal(expected, Bytes(third));
        Assert.All(third.Outputs, output => Assert.NotSame(first.Outputs[output.Key], output.Value));
    }

    [Theory]
    [InlineData("convnet", MoveMode.CopyQueue)]
    [InlineData("convnet", MoveMode.InKernel)]
    [InlineData("transformer", MoveMode.CopyQueue)]
    [InlineData("transformer", MoveMode.InKernel)]
    public async Task Runs_through_a_texture_tier_give_the_same_bits(string name, MoveMode mode)
    {
        string path = Write(name);
        Dictionary<string, byte[]> expected;
        Dictionary<string, Tensor> inputs;
        await using (StreamingSession resident = await StreamingSession.LoadAsync(path, Options))
        {
            inputs = SmallModels.Inputs(resident.InputMetadata);
            expected = Bytes(await resident.RunAsync(inputs));
        }

        SessionOptions options = Options with { Device = new TieredHostDevice(device), MoveMode = mode };
        foreach (PlanPolicy policy in Enum.GetValues<PlanPolicy>())
        {
            long smallest = await SmallestBudget(path, options with { Policy = policy });
            foreach (long? budget in new long?[] { smallest, smallest + (40 * ChunkBytes), null })
            {
                await using StreamingSession session = await StreamingSession.LoadAsync(
                    path, options with { Policy = policy, BudgetBytes = budget });
                for (int run = 0; run < 3; run++)
                {
                    RunReport report = await CheckAsync(session);
                    Assert.True(report.Memory.PeakBytes <= report.Memory.PlannedPeakBytes);
                    Assert.True(report.Memory.PlannedPeakBytes <= (budget ?? long.MaxValue));
                    Assert.Equal(session.Plan.TextureArenaBytes, report.Memory.PeakTextureBytes);
                    Assert.NotNull(report.Time.TransferBusyMs);
                    Assert.NotNull(report.Bound.TransferMs);
                }
            }
        }

        async Task<RunReport> CheckAsync(StreamingSession session)
        {
            RunResult result = await session.RunAsync(inputs);
            Assert.Equal(expected, Bytes(result));
            return result.Report;
        }
    }

    /// <summary>What a kernel stores for its tail has the type in which it was computed.</summary>
    [Theory]
    [InlineData("convnet", false, MoveMode.CopyQueue)]
    [InlineData("convnet", true, MoveMode.InKernel)]
    [InlineData("transformer", false, MoveMode.CopyQueue)]
    [InlineData("transformer", true, MoveMode.InKernel)]
    public async Task A_plan_that_splits_fused_kernels_gives_the_same_bits(string name, bool textures, MoveMode mode)
    {
        string path = Write(name);
        SessionOptions options = textures ? Options with { Device = new TieredHostDevice(device), MoveMode = mode } : Options;
        options = options with { BudgetBytes = await SmallestBudget(path, options) + (60 * ChunkBytes) };
        Dictionary<string, Tensor> inputs;
        Dictionary<string, byte[]> expected;
        OverlapPlan fused;
        await using (StreamingSession session = await StreamingSession.LoadAsync(path, options))
        {
            fused = session.Plan;
            inputs = SmallModels.Inputs(session.InputMetadata);
            expected = Bytes(await session.RunAsync(inputs));
        }

        OverlapPlan plan;
        using (LocatedModel model = ModelLocator.LocateGraph(path, options.WeightType, options.Device!.Capabilities, ChunkBytes))
        {
            int[] split = [.. model.Graph.Kernels.Where(EpilogueSplit.IsPossible).Select(kernel => kernel.Index)];
            Assert.NotEmpty(split);
            plan = PlanMaker.Make(SessionPlan.Pose(
                model, options.Device, options with { Plan = fused with { SplitKernels = [.. split] } }));
            Assert.Equal(split, plan.SplitKernels);
        }

        await using (StreamingSession session = await StreamingSession.LoadAsync(path, options with { Plan = plan, BudgetBytes = null }))
        {
            Assert.Equal(fused.Steps.Select(step => step.Kernel).Distinct().Count() + plan.SplitKernels.Length,
                plan.Steps.Select(step => step.Kernel).Distinct().Count());
            Assert.Equal(expected, Bytes(await session.RunAsync(inputs)));
            Assert.Equal(expected, Bytes(await session.RunAsync(inputs)));
        }

        UsageException error = await Assert.ThrowsAsync<UsageException>(
            () => StreamingSession.LoadAsync(path, options with { Plan = plan with { SplitKernels = [100_000] } }));
        Assert.Contains("100000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_weight_file_for_another_kind_of_device_is_refused()
    {
        string path = Write("convnet");
        string file;
        await using (StreamingSession session = await StreamingSession.LoadAsync(path, Options))
        {
            file = session.WeightFilePath;
        }

        DeviceCapabilities other = device.Capabilities with { DepthInterleave = 4 };
        string message = Assert.Throws<UsageException>(
            () => new ModelLocator(folder["cache"]).Locate(file, ElementType.Float16, other, ChunkBytes)).Message;
        Assert.Contains("interleave 1 depth steps", message, StringComparison.Ordinal);
        using LocatedModel model = new ModelLocator(folder["cache"]).Locate(path, ElementType.Float16, other, ChunkBytes);
        Assert.Null(model.File);
    }

    [Fact]
    public async Task A_second_load_finds_the_weight_file_and_imports_nothing()
    {
        string path = Write("convnet");
        string file;
        await using (StreamingSession first = await StreamingSession.LoadAsync(path, Options))
        {
            PreparationFigures times = (await first.RunAsync(SmallModels.Inputs(first.InputMetadata))).Report.Time.Preparation;
            Assert.NotNull(times.ImportMs);
            Assert.NotNull(times.CompileMs);
            Assert.NotNull(times.PlanMs);
            Assert.Null(times.OpenDeviceMs);
            file = first.WeightFilePath;
        }

        foreach (string again in new[] { path, file })
        {
            await using StreamingSession session = await StreamingSession.LoadAsync(again, Options);
            PreparationFigures times = (await session.RunAsync(SmallModels.Inputs(session.InputMetadata))).Report.Time.Preparation;
            Assert.Null(times.ImportMs);
            Assert.Null(times.CompileMs);
            Assert.Equal(file, session.WeightFilePath);
        }
    }

    [Fact]
    public async Task A_budget_that_cannot_work_is_refused_before_weights_are_read_and_the_smallest_that_would_works()
    {
        string path = Write("transformer");
        long smallest = await SmallestBudget(path, Options);
        Assert.DoesNotContain(
            Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories),
            file => file.StartsWith(folder["cache"], StringComparison.Ordinal));
        await Assert.ThrowsAsync<BudgetException>(() => StreamingSession.LoadAsync(path, Options with { BudgetBytes = smallest - 1 }));
        await using StreamingSession session = await StreamingSession.LoadAsync(path, Options with { BudgetBytes = smallest });
        await session.RunAsync(SmallModels.Inputs(session.InputMetadata));
    }

    [Fact]
    public async Task A_plan_made_earlier_is_followed_and_no_planner_runs()
    {
        string path = Write("convnet");
        long budget = await SmallestBudget(path, Options) + (4 * ChunkBytes);
        OverlapPlan plan;
        await using (StreamingSession session = await StreamingSession.LoadAsync(path, Options with { BudgetBytes = budget }))
        {
            plan = session.Plan;
        }

        await using StreamingSession again = await StreamingSession.LoadAsync(path, Options with { Plan = plan });
        RunReport report = (await again.RunAsync(SmallModels.Inputs(again.InputMetadata))).Report;
        Assert.Null(report.Time.Preparation.PlanMs);
        Assert.Equal(budget, report.BudgetBytes);
        Assert.Equal(PlanJson.Hash(plan), report.Plan.Hash);
        await Assert.ThrowsAsync<BudgetException>(
            () => StreamingSession.LoadAsync(path, Options with { Plan = plan, BudgetBytes = plan.PeakBytes - 1 }));
        OverlapPlan tooSmall = plan with { UnifiedArenaBytes = plan.UnifiedArenaBytes - 4096 };
        await Assert.ThrowsAsync<VerificationException>(
            () => StreamingSession.LoadAsync(path, Options with { Plan = tooSmall }));
    }

    [Fact]
    public async Task Metadata_reports_and_traces_say_what_happened()
    {
        string path = Write("transformer");
        long budget = await SmallestBudget(path, Options) + (8 * ChunkBytes);
        SessionOptions options = Options with { BudgetBytes = budget, HashOutputs = true };
        await using StreamingSession session = await StreamingSession.LoadAsync(path, options);
        TensorMetadata ids = session.InputMetadata["ids"];
        Assert.Equal((ElementType.Int64, new Shape(1, 12)), (ids.Type, ids.Shape));
        Assert.Equal(new Shape(1, 12, SmallModels.Vocabulary), Assert.Single(session.OutputMetadata.Values).Shape);
        Dictionary<string, Tensor> inputs = SmallModels.Inputs(session.InputMetadata);
        RunResult first = await session.RunAsync(inputs);
        RunResult second = await session.RunAsync(inputs);
        Assert.Equal(first.Report.Outputs[0].Sha256, second.Report.Outputs[0].Sha256);
        Assert.Equal(64, first.Report.Outputs[0].Sha256!.Length);
        Assert.Equal(first.Report.Time.FirstRunMs, second.Report.Time.FirstRunMs);
        Assert.InRange(first.Report.Time.IntegratedMs!.Value, 0, first.Report.Time.FirstRunMs);
        Assert.InRange(first.Report.Time.Overlap!.Value, 0, 1);
        Assert.Equal(session.Plan.Steps.Length, second.Trace!.Events.Count(e => e.Lane == TraceLane.Compute));
        Assert.Equal(
            second.Report.StreamedBytes, second.Trace.Events.Where(e => e.Lane == TraceLane.Storage).Sum(e => e.Bytes));
        using var stream = new MemoryStream();
        second.Trace.WriteChrome(stream);
        using JsonDocument trace = JsonDocument.Parse(stream.ToArray());
        Assert.True(trace.RootElement.GetProperty("traceEvents").GetArrayLength() > session.Plan.Steps.Length);
        Assert.Equal(2, RunReport.Combine([first.Report, second.Report]).Time.RunsMs.Length);
    }

    [Fact]
    public async Task Concurrent_runs_are_served_one_after_the_other()
    {
        await using StreamingSession session = await StreamingSession.LoadAsync(Write("convnet"), Options);
        Dictionary<string, Tensor> inputs = SmallModels.Inputs(session.InputMetadata);
        RunResult[] results = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => session.RunAsync(inputs))));
        Assert.All(results, result => Assert.Equal(Bytes(results[0]), Bytes(result)));
    }

    [Fact]
    public async Task Without_a_trace_the_figures_that_need_one_are_null()
    {
        await using StreamingSession session = await StreamingSession.LoadAsync(Write("convnet"), Options with { Trace = false });
        RunResult result = await session.RunAsync(SmallModels.Inputs(session.InputMetadata));
        Assert.Null(result.Trace);
        Assert.Null(result.Report.Time.StorageBusyMs);
        Assert.Null(result.Report.Memory.MeanBytes);
        Assert.True(result.Report.Time.MedianMs > 0);
    }

    [Fact]
    public async Task A_weight_file_that_changes_under_a_session_ends_the_run_naming_it()
    {
        string path = Write("convnet");
        await using StreamingSession session = await StreamingSession.LoadAsync(path, Options);
        Dictionary<string, Tensor> inputs = SmallModels.Inputs(session.InputMetadata);
        long length = new FileInfo(session.WeightFilePath).Length;
        using (FileStream file = File.Open(session.WeightFilePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            file.SetLength(length - 4096);
        }

        string message = (await Assert.ThrowsAsync<RunFailedException>(() => session.RunAsync(inputs))).Message;
        Assert.Contains(session.WeightFilePath, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flipped_bit_in_a_weight_is_found_by_its_checksum_with_weight_and_range()
    {
        string path = Write("convnet");
        string file;
        await using (StreamingSession session = await StreamingSession.LoadAsync(path, Options))
        {
            file = session.WeightFilePath;
        }

        FlipBit(file, 8192);

        await using StreamingSession damaged = await StreamingSession.LoadAsync(file, Options);
        string message = (await Assert.ThrowsAsync<RunFailedException>(
            () => damaged.RunAsync(SmallModels.Inputs(damaged.InputMetadata)))).Message;
        Assert.Contains("checksum", message, StringComparison.Ordinal);
        Assert.Contains("offset", message, StringComparison.Ordinal);
    }

    /// <summary>A flip that leaves length and time of the last write alone is what only a check can find.</summary>
    [Theory]
    [InlineData(ChecksumPolicy.NewFile, true, true)]
    [InlineData(ChecksumPolicy.NewFile, false, false)]
    [InlineData(ChecksumPolicy.FirstRead, false, true)]
    [InlineData(ChecksumPolicy.Never, true, false)]
    public async Task A_file_that_a_run_has_found_right_is_trusted_while_it_keeps_its_identity(
        ChecksumPolicy policy, bool touched, bool found)
    {
        string file;
        await using (StreamingSession packing = await StreamingSession.LoadAsync(Write("convnet"), Options))
        {
            file = packing.WeightFilePath;
        }

        var written = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(file, written);
        await using (StreamingSession session = await StreamingSession.LoadAsync(file, Options))
        {
            await session.RunAsync(SmallModels.Inputs(session.InputMetadata));
        }

        FlipBit(file, 8192);
        File.SetLastWriteTimeUtc(file, touched ? written.AddSeconds(1) : written);

        await using StreamingSession damaged = await StreamingSession.LoadAsync(file, Options with { Checksums = policy });
        Task<RunResult> run = damaged.RunAsync(SmallModels.Inputs(damaged.InputMetadata));

        if (found)
        {
            Assert.Contains("checksum", (await Assert.ThrowsAsync<RunFailedException>(() => run)).Message, StringComparison.Ordinal);
        }
        else
        {
            await run;
        }
    }

    [Fact]
    public async Task A_run_that_failed_does_not_make_its_file_trusted()
    {
        string file;
        await using (StreamingSession session = await StreamingSession.LoadAsync(Write("convnet"), Options))
        {
            file = session.WeightFilePath;
        }

        FlipBit(file, 8192);
        for (int i = 0; i < 2; i++)
        {
            await using StreamingSession damaged = await StreamingSession.LoadAsync(file, Options);
            await Assert.ThrowsAsync<RunFailedException>(() => damaged.RunAsync(SmallModels.Inputs(damaged.InputMetadata)));
            await Assert.ThrowsAsync<RunFailedException>(() => damaged.RunAsync(SmallModels.Inputs(damaged.InputMetadata)));
        }
    }

    [Fact]
    public async Task Cancelled_runs_leave_the_session_usable()
    {
        await using StreamingSession session = await StreamingSession.LoadAsync(Write("transformer"), Options);
        Dictionary<string, Tensor> inputs = SmallModels.Inputs(session.InputMetadata);
        byte[] expected = Bytes(await session.RunAsync(inputs)).Values.Single();
        for (int i = 0; i < 20; i++)
        {
            using var source = new CancellationTokenSource();
            Task<RunResult> run = session.RunAsync(inputs, source.Token);
            await source.CancelAsync();
            try
            {
                Assert.Equal(expected, Bytes(await run).Values.Single());
            }
            catch (OperationCanceledException error)
            {
                Assert.Equal(source.Token, error.CancellationToken);
            }
        }

        Assert.Equal(expected, Bytes(await session.RunAsync(inputs)).Values.Single());
    }

    [Fact]
    public async Task A_session_needs_exactly_one_device_and_owns_only_the_factory_s()
    {
        string path = Write("convnet");
        await Assert.ThrowsAsync<UsageException>(() => StreamingSession.LoadAsync(path, new SessionOptions()));
        HostDevice? made = null;
        SessionOptions options = Options with
        {
            Device = null,
            DeviceFactory = _ => ValueTask.FromResult<IDevice>(made = HostDevice.Open(new HostDeviceOptions { Threads = 1 })),
        };
        await using (StreamingSession session = await StreamingSession.LoadAsync(path, options))
        {
            Assert.NotNull((await session.RunAsync(SmallModels.Inputs(session.InputMetadata))).Report.Time.Preparation.OpenDeviceMs);
        }

        Assert.Equal(0, made!.AllocatedBytes);
        await Assert.ThrowsAsync<ModelException>(() => StreamingSession.LoadAsync(folder["missing.onnx"], Options));
    }

    [Fact]
    public async Task A_disposed_session_refuses_runs()
    {
        StreamingSession session = await StreamingSession.LoadAsync(Write("convnet"), Options);
        await session.DisposeAsync();
        await session.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.RunAsync(new Dictionary<string, Tensor>()));
    }

    private static void FlipBit(string file, int beforeEnd)
    {
        using FileStream stream = File.Open(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = stream.Length - beforeEnd;
        int value = stream.ReadByte();
        stream.Position--;
        stream.WriteByte((byte)(value ^ 1));
    }

    private string Write(string model) =>
        model == "convnet" ? SmallModels.WriteConvNet(folder) : SmallModels.WriteTransformer(folder);
}
