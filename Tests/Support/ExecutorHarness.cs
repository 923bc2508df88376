using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using Xunit;

namespace FlashMem.Tests.Support;

/// <summary>A synthetic model planned and opened on a <see cref="CheckingDevice"/>.</summary>
internal sealed class ExecutorHarness : IDisposable
{
    public ExecutorHarness(
        int seed, int kernels = 12, double budgetShare = 0, PlanPolicy policy = PlanPolicy.Overlap,
        ChecksumPolicy checksums = ChecksumPolicy.FirstRead, bool zeroCopy = true, MoveMode moveMode = MoveMode.CopyQueue,
        int pinned = 0)
    {
        Model = new SyntheticModel(seed, kernels);
        Device = new CheckingDevice(seed, Model, workspaceBytes: 8192, zeroCopy);
        ActivationLayout activations = ActivationLayout.Compute(Model.Graph);
        ImmutableArray<int> pins =
        [
            .. Model.Graph.Weights.Where(weight => weight.Storage is not RowWeight && ((pinned >> (weight.Id % 32)) & 1) != 0)
                .Select(weight => weight.Id),
        ];
        long floor = BudgetFloor.Bytes(Model.Graph, Model.Layout, activations, Device.Capabilities, policy, pins);
        long all = BudgetFloor.Bytes(Model.Graph, Model.Layout, activations, Device.Capabilities, PlanPolicy.Preload);
        BudgetBytes = floor + (long)(Math.Max(0, all - floor) * budgetShare);
        Problem = PlanProblem.Create(Model.Graph, Model.Layout, activations, Device.Spec, Device.Capabilities, new PlanOptions
        {
            BudgetBytes = BudgetBytes, Policy = policy, TargetChunkBytes = Model.Layout.TargetChunkBytes, MoveMode = moveMode,
            PinnedWeights = pins,
        });
        Plan = PlanMaker.Make(Problem);
        Budget = new MemoryBudget(Device, BudgetBytes);
        Executor = new PlanExecutor(Model.Streamed, Plan, Device, Device.Reader, Budget, checksums);
    }

    public SyntheticModel Model { get; }

    public CheckingDevice Device { get; }

    public long BudgetBytes { get; }

    public PlanProblem Problem { get; }

    public OverlapPlan Plan { get; }

    public MemoryBudget Budget { get; }

    public PlanExecutor Executor { get; }

    /// <summary>Runs and compares every output byte with the straight computation.</summary>
    public async Task RunAndCompareAsync(int inputSeed)
    {
        Dictionary<string, Tensor> inputs = Model.Inputs(inputSeed);
        ExecutionResult result = await Executor.RunAsync(inputs);
        foreach ((string name, byte[] expected) in Model.Expected(inputs))
        {
            Assert.Equal(expected, result.Outputs[name].Bytes.ToArray());
        }
    }

    public void Dispose()
    {
        Executor.Dispose();
        Budget.Dispose();
        Assert.Equal(0, Device.AllocatedBytes);
    }
}
