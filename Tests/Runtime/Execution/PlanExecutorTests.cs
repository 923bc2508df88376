using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Runtime.Execution;

public sealed class PlanExecutorTests
{
    [Property(MaxTest = 150)]
    public async Task No_kernel_runs_without_its_weights_and_no_range_is_overwritten_in_use(int seed, byte share, byte policy)
    {
        var policies = Enum.GetValues<PlanPolicy>();
        using var harness = new ExecutorHarness(
            seed, kernels: 4 + (seed & 15), budgetShare: share / 255.0 * (share & 1), policy: policies[policy % policies.Length]);
        for (int run = 0; run < 3; run++)
        {
            await harness.RunAndCompareAsync(seed + run);
        }

        Assert.True(harness.Budget.PeakBytes <= harness.Plan.PeakBytes);
        Assert.True(harness.Plan.PeakBytes <= harness.BudgetBytes);
    }

    [Property(MaxTest = 60)]
    public async Task Pinned_weights_are_read_once_and_change_nothing(int seed, byte share, byte policy, int pinned, bool zeroCopy)
    {
        var policies = Enum.GetValues<PlanPolicy>();
        using var harness = new ExecutorHarness(
            seed, kernels: 4 + (seed & 15), budgetShare: share / 255.0, policy: policies[policy % policies.Length], zeroCopy: zeroCopy,
            pinned: pinned);
        for (int run = 0; run < 2; run++)
        {
            await harness.RunAndCompareAsync(seed + run);
        }

        Assert.True(harness.Budget.PeakBytes <= harness.BudgetBytes);
    }

    [Property(MaxTest = 50)]
    public async Task Later_runs_read_what_is_not_retained(int seed, byte share)
    {
        using var harness = new ExecutorHarness(seed, budgetShare: share / 255.0);
        var inputs = harness.Model.Inputs(1);
        ExecutionResult first = await harness.Executor.RunAsync(inputs);
        Assert.True(first.First);
        Assert.Equal(first.StorageBytes, harness.Device.Reader.Bytes);
        ExecutionResult second = await harness.Executor.RunAsync(inputs);
        Assert.False(second.First);
        Assert.Equal(first.StorageBytes + second.StorageBytes, harness.Device.Reader.Bytes);
        long kept = harness.Model.Layout.ParametersBytes
            + harness.Plan.Retained.Sum(chunk => (long)harness.Model.Layout.Chunks[chunk].Bytes);
        Assert.Equal(first.StorageBytes - kept, second.StorageBytes);
    }

    [Property(MaxTest = 60)]
    public async Task A_storage_fault_ends_the_run_with_file_and_range_and_the_next_run_is_good(int seed, byte share, byte at)
    {
        using var harness = new ExecutorHarness(seed, budgetShare: share / 255.0);
        harness.Device.Reader.FailAt = at % 8;
        var error = await Record.ExceptionAsync(() => harness.Executor.RunAsync(harness.Model.Inputs(1)));
        if (harness.Device.Reader.Reads > harness.Device.Reader.FailAt)
        {
            Assert.IsType<RunFailedException>(error);
            Assert.Contains("weight file 'synthetic'", error.Message, StringComparison.Ordinal);
            Assert.Contains("offset", error.Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Null(error);
        }

        await harness.RunAndCompareAsync(2);
        await harness.RunAndCompareAsync(3);
    }

    [Property(MaxTest = 60)]
    public async Task Cancelling_ends_a_run_that_waits_for_storage_for_ever(int seed, byte at)
    {
        using var harness = new ExecutorHarness(seed);
        await CancelWhileStorageHangs(harness, at);
    }

    [Fact]
    public async Task A_cancelled_token_starts_nothing()
    {
        using var harness = new ExecutorHarness(7);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => harness.Executor.RunAsync(harness.Model.Inputs(1), new CancellationToken(canceled: true)));
        Assert.Equal(0, harness.Device.Reader.Reads);
    }

    [Fact]
    public async Task Inputs_that_do_not_fit_are_refused_by_name()
    {
        using var harness = new ExecutorHarness(7);
        Dictionary<string, Tensor> good = harness.Model.Inputs(1);
        async Task<string> Refused(params (string Name, Tensor? Value)[] changes)
        {
            var inputs = new Dictionary<string, Tensor>(good);
            foreach ((string name, Tensor? value) in changes)
            {
                inputs.Remove(name);
                if (value is not null)
                {
                    inputs.Add(name, value);
                }
            }

            return (await Assert.ThrowsAsync<UsageException>(() => harness.Executor.RunAsync(inputs))).Message;
        }

        Assert.Equal("input 'x' is missing: expected Float32 [24]", await Refused(("x", null)));
        Assert.Equal(
            "input 'x': expected Float32 [24], got Float32 [2, 12]",
            await Refused(("x", Tensor.Create(ElementType.Float32, new Shape(2, 12)))));
        Assert.Equal(
            "input 'x': expected Float32 [24], got Int32 [24]", await Refused(("x", Tensor.Create(ElementType.Int32, new Shape(24)))));
        Assert.Contains("no input 'y'", await Refused(("y", good["x"])), StringComparison.Ordinal);
        Assert.Equal(
            "input 'ids': element 2 is 5000000000, integers must fit 32 bits",
            await Refused(("ids", Tensor.Create(new Shape(5), new[] { 0L, 1, 5_000_000_000, 0, 0 }))));
    }

    [Fact]
    public async Task A_row_id_outside_the_weight_is_refused_before_anything_is_read()
    {
        int seed = Enumerable.Range(0, 1000).First(s => UsesGivenIds(new SyntheticModel(s, 12)));
        using var harness = new ExecutorHarness(seed);
        Dictionary<string, Tensor> inputs = harness.Model.Inputs(1);
        inputs["ids"] = Tensor.Create(new Shape(5), new[] { 0L, -16, 15, 16, 0 });
        string message = (await Assert.ThrowsAsync<UsageException>(() => harness.Executor.RunAsync(inputs))).Message;
        Assert.StartsWith("input 'ids': element 3 is 16", message, StringComparison.Ordinal);
        Assert.Equal(0, harness.Device.Reader.Reads);
        await harness.RunAndCompareAsync(2);
    }

    [Fact]
    public void A_plan_for_another_weight_file_is_refused()
    {
        using var harness = new ExecutorHarness(7);
        OverlapPlan other = harness.Plan with { WeightFileHash = "another" };
        using var budget = new MemoryBudget(harness.Device, null);
        string message = Assert.Throws<UsageException>(
            () => new PlanExecutor(harness.Model.Streamed, other, harness.Device, harness.Device.Reader, budget)).Message;
        Assert.Contains("another weight file", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_budget_below_the_plan_is_refused_and_gives_everything_back()
    {
        using var harness = new ExecutorHarness(7);
        using var budget = new MemoryBudget(harness.Device, harness.Plan.PeakBytes - 1);
        long before = harness.Device.AllocatedBytes;
        Assert.Throws<BudgetException>(
            () => new PlanExecutor(harness.Model.Streamed, harness.Plan, harness.Device, harness.Device.Reader, budget));
        Assert.Equal(before, harness.Device.AllocatedBytes);
        Assert.Equal(0, budget.CurrentBytes);
    }

    [Property(MaxTest = 150)]
    public async Task With_a_texture_tier_nothing_is_used_before_it_has_arrived_nor_overwritten_in_use(
        int seed, byte share, byte policy, bool inKernel)
    {
        var policies = Enum.GetValues<PlanPolicy>();
        using var harness = new ExecutorHarness(
            seed,
            kernels: 4 + (seed & 15),
            budgetShare: share / 255.0 * (share & 1),
            policy: policies[policy % policies.Length],
            zeroCopy: false,
            moveMode: inKernel ? MoveMode.InKernel : MoveMode.CopyQueue);
        for (int run = 0; run < 3; run++)
        {
            await harness.RunAndCompareAsync(seed + run);
        }

        Assert.True(harness.Budget.PeakBytes <= harness.Plan.PeakBytes);
        Assert.True(harness.Plan.PeakBytes <= harness.BudgetBytes);
        Assert.Equal(harness.Plan.TextureArenaBytes, harness.Budget.PeakOf(MemoryTier.Texture));
    }

    [Property(MaxTest = 40)]
    public async Task With_a_texture_tier_a_storage_fault_ends_the_run_and_the_next_run_is_good(int seed, byte share, byte at)
    {
        using var harness = new ExecutorHarness(seed, budgetShare: share / 255.0, zeroCopy: false);
        harness.Device.Reader.FailAt = at % 8;
        var error = await Record.ExceptionAsync(() => harness.Executor.RunAsync(harness.Model.Inputs(1)));
        Assert.Equal(harness.Device.Reader.Reads > harness.Device.Reader.FailAt, error is RunFailedException);
        await harness.RunAndCompareAsync(2);
        await harness.RunAndCompareAsync(3);
    }

    [Property(MaxTest = 40)]
    public async Task With_a_texture_tier_cancelling_ends_a_run_that_waits_for_ever(int seed, byte at)
    {
        using var harness = new ExecutorHarness(seed, zeroCopy: false);
        await CancelWhileStorageHangs(harness, at);
    }

    [Property(MaxTest = 40)]
    public async Task Retained_chunks_are_read_and_moved_once(int seed, byte share)
    {
        using var harness = new ExecutorHarness(seed, budgetShare: share / 255.0, zeroCopy: false);
        await harness.RunAndCompareAsync(1);
        int first = harness.Device.Moves;
        await harness.RunAndCompareAsync(2);
        await harness.RunAndCompareAsync(3);
        HashSet<int> retained = [.. harness.Plan.Retained];
        int once = harness.Plan.Steps.Sum(step => step.Moves.Count(move => retained.Contains(move.FirstChunk)));
        int parameters = harness.Plan.ParametersBytes > 0 ? 1 : 0;
        Assert.Equal(first + (2 * (first - once - parameters)), harness.Device.Moves);
    }

    private static bool UsesGivenIds(SyntheticModel model) => model.Graph.Kernels.Any(
        kernel => kernel.Fetch is { } fetch && model.Graph.Inputs.Any(input => input.Buffer == fetch.IdBuffer));

    private static async Task CancelWhileStorageHangs(ExecutorHarness harness, byte at)
    {
        CheckingStorage storage = harness.Device.Reader;
        storage.HangAt = at % 6;
        harness.Device.MayStall = true;
        using var source = new CancellationTokenSource();
        Task<ExecutionResult> run = harness.Executor.RunAsync(harness.Model.Inputs(1), source.Token);
        if (!run.IsCompleted)
        {
            await source.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        }

        storage.HangAt = int.MaxValue;
        harness.Device.MayStall = false;
        await harness.RunAndCompareAsync(2);
        await harness.RunAndCompareAsync(3);
    }
}
