using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tracing;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Specs;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Device;

/// <summary>
/// Random plans of random models on a simulated phone whose values come from kernels that see every wrong byte: whatever the budget, policy
/// and way to move, outputs are those of the straight computation, and time does not depend on there being values.
/// </summary>
public sealed class SimulatedExecutorTests
{
    [Property(MaxTest = 100)]
    public async Task Every_plan_gives_the_outputs_of_the_straight_computation(int seed, byte share, byte policy, bool inKernel, bool zeroCopy)
    {
        await using var harness = new Harness(seed, share, policy, inKernel && !zeroCopy, zeroCopy);
        for (int run = 0; run < 3; run++)
        {
            await harness.RunAndCompareAsync(seed + run);
        }

        Assert.True(harness.Budget.PeakBytes <= harness.Plan.PeakBytes);
    }

    [Property(MaxTest = 60)]
    public async Task Time_and_trace_are_the_same_without_values(int seed, byte share, byte policy, bool inKernel)
    {
        await using var valued = new Harness(seed, share, policy, inKernel);
        await using var timed = new Harness(seed, share, policy, inKernel, values: false);
        Dictionary<string, Tensor> inputs = valued.Model.Inputs(1);
        await valued.Executor.RunAsync(inputs);
        ExecutionResult nothing = await timed.Executor.RunAsync(inputs);

        Assert.Empty(nothing.Outputs);
        if (valued.Model.Graph.Kernels.Any(kernel => kernel.Fetch is { IdBuffer: >= 0 } fetch
            && valued.Model.Graph.Kernels.Any(writer => writer.Output == fetch.IdBuffer)))
        {
            // Computed ids are assumed, so reads may fall together otherwise.
            return;
        }

        Assert.Equal(valued.Trace.Events, timed.Trace.Events);
        Assert.Equal(valued.Trace.Samples, timed.Trace.Samples);
        Assert.Equal(valued.Device.Now, timed.Device.Now);
    }

    [Property(MaxTest = 40)]
    public async Task The_same_seed_gives_the_same_trace_whatever_the_jitter(int seed, byte share, byte policy)
    {
        var faults = new SimulatorFaults { Jitter = 0.3, StorageSlowdown = 1.5 };
        await using var one = new Harness(seed, share, policy, inKernel: false, faults: faults);
        await using var two = new Harness(seed, share, policy, inKernel: false, faults: faults);
        await one.RunAndCompareAsync(1);
        await two.RunAndCompareAsync(1);

        Assert.Equal(one.Trace.Events, two.Trace.Events);
        Assert.Equal(one.Trace.Samples, two.Trace.Samples);
    }

    [Property(MaxTest = 60)]
    public async Task A_read_that_fails_or_stalls_ends_the_run_with_its_range_and_the_next_run_is_good(
        int seed, byte share, byte at, bool stalls)
    {
        var faults = new SimulatorFaults { FailingRead = stalls ? null : at % 8, StalledRead = stalls ? at % 8 : null };
        await using var harness = new Harness(seed, share, 0, inKernel: false, faults: faults);
        int failures = 0;
        for (int run = 0; run < 4; run++)
        {
            if (await Record.ExceptionAsync(() => harness.RunAndCompareAsync(run)) is { } error)
            {
                Assert.IsType<RunFailedException>(error);
                Assert.Contains("bytes at offset", error.Message, StringComparison.Ordinal);
                failures++;
            }
        }

        Assert.Equal(harness.Trace.Events.Count(e => e.Lane == TraceLane.Storage) > at % 8 ? 1 : 0, failures);
    }

    [Property(MaxTest = 60)]
    public async Task A_run_cancelled_at_any_moment_ends_and_the_next_run_is_good(int seed, byte share, byte at)
    {
        await using var harness = new Harness(seed, share, 0, inKernel: false);
        using var source = new CancellationTokenSource();
        harness.Trace.Added = () =>
        {
            if (harness.Trace.Events.Count == at % 16)
            {
                source.Cancel();
            }
        };

        Exception? error = await Record.ExceptionAsync(() => harness.Executor.RunAsync(harness.Model.Inputs(1), source.Token));

        Assert.True(error is null or OperationCanceledException, error?.ToString());
        harness.Trace.Added = () => { };
        await harness.RunAndCompareAsync(2);
        await harness.RunAndCompareAsync(3);
    }

    [Fact]
    public async Task A_row_id_outside_the_weight_is_refused_without_values_too()
    {
        int seed = Enumerable.Range(0, 1000).First(s =>
        {
            var model = new SyntheticModel(s, 12);
            return model.Graph.Kernels.Any(kernel => kernel.Fetch is { } fetch
                && model.Graph.Inputs.Any(input => input.Buffer == fetch.IdBuffer));
        });
        await using var harness = new Harness(seed, 255, 0, inKernel: false, values: false);
        Dictionary<string, Tensor> inputs = harness.Model.Inputs(1);
        inputs["ids"] = Tensor.Create(inputs["ids"].Shape, new[] { 0L, 1, 2, SyntheticModel.Rows, 0 });

        string message = (await Assert.ThrowsAsync<UsageException>(() => harness.Executor.RunAsync(inputs))).Message;
        Assert.StartsWith($"input 'ids': element 3 is {SyntheticModel.Rows}", message, StringComparison.Ordinal);
    }

    /// <summary>A synthetic model planned and opened on a simulated device, with small texture blocks where its weights can be images.</summary>
    private sealed class Harness : IAsyncDisposable
    {
        private readonly IWeightStorage storage;

        public Harness(
            int seed, byte share, byte policy, bool inKernel, bool zeroCopy = false, bool values = true, SimulatorFaults? faults = null)
        {
            Model = new SyntheticModel(seed, 4 + (seed & 15));
            bool oneType = Model.Graph.Weights.Select(weight => weight.Storage).OfType<PanelWeight>()
                .Select(panels => panels.Layout.Type).Distinct().Count() <= 1;
            CheckingDevice? checking = values ? new CheckingDevice(seed, Model) : null;
            Device = SimulatedDevice.Open(
                new SimulatedDeviceOptions
                {
                    Name = TestDevices.Name,
                    Spec = SpecOverrides.Apply(
                        TestDevices.Spec,
                        [
                            "capabilities.maxImageSize=16", "capabilities.carriedMoves=Anywhere", $"capabilities.images={oneType}",
                            $"capabilities.zeroCopy={zeroCopy}",
                        ]),
                    Values = checking,
                    Faults = faults ?? new SimulatorFaults(),
                },
                new RooflineTimer());
            Device.Trace = Trace;
            storage = Device.OpenStorage(checking?.Reader);
            PlanPolicy chosen = Enum.GetValues<PlanPolicy>()[policy % Enum.GetValues<PlanPolicy>().Length];
            ActivationLayout activations = ActivationLayout.Compute(Model.Graph);
            long Floor(PlanPolicy of) => BudgetFloor.Bytes(Model.Graph, Model.Layout, activations, Device.Capabilities, of);
            long budget = Floor(chosen) + ((Floor(PlanPolicy.Preload) - Floor(chosen)) * share / 255);
            Plan = PlanMaker.Make(PlanProblem.Create(
                Model.Graph, Model.Layout, activations, Device.Spec, Device.Capabilities, new PlanOptions
                {
                    BudgetBytes = budget,
                    Policy = chosen,
                    TargetChunkBytes = Model.Layout.TargetChunkBytes,
                    MoveMode = inKernel ? MoveMode.InKernel : MoveMode.CopyQueue,
                }));
            Budget = new MemoryBudget(Device, budget);
            Executor = new PlanExecutor(Model.Streamed, Plan, Device, storage, Budget);
        }

        public SyntheticModel Model { get; }

        public SimulatedDevice Device { get; }

        public RecordedTrace Trace { get; } = new();

        public OverlapPlan Plan { get; }

        public MemoryBudget Budget { get; }

        public PlanExecutor Executor { get; }

        public async Task RunAndCompareAsync(int inputSeed)
        {
            Dictionary<string, Tensor> inputs = Model.Inputs(inputSeed);
            ExecutionResult result = await Executor.RunAsync(inputs);
            foreach ((string name, byte[] expected) in Model.Expected(inputs))
            {
                Assert.Equal(expected, result.Outputs[name].Bytes.ToArray());
            }
        }

        public async ValueTask DisposeAsync()
        {
            await storage.DisposeAsync();
            Executor.Dispose();
            Budget.Dispose();
            await Device.DisposeAsync();
        }
    }
}
