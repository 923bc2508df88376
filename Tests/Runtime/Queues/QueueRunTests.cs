using FlashMem.Abstractions.Errors;
using FlashMem.Scheduling.Plans;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Runtime.Queues;

/// <summary>Queues on a device that looks for races in every order that its waits allow.</summary>
public sealed class QueueRunTests
{
    [Property(MaxTest = 150)]
    public async Task No_model_of_a_queue_sees_another_in_its_memory(int seed, byte share, bool zeroCopy)
    {
        using var harness = new QueueHarness(seed, share / 255.0, zeroCopy);
        Assert.Equal(6, await harness.RunAndCompareAsync());
        Assert.Equal(6, await harness.RunAndCompareAsync());
        Assert.True(harness.PeakBytes <= harness.Plan.PeakBytes);
        Assert.True(harness.Plan.PeakBytes <= harness.BudgetBytes);
    }

    [Property(MaxTest = 40)]
    public async Task Kernels_that_move_chunks_change_nothing(int seed, byte share)
    {
        using var harness = new QueueHarness(seed, share / 255.0, zeroCopy: false, MoveMode.InKernel);
        Assert.Equal(6, await harness.RunAndCompareAsync());
    }

    [Property(MaxTest = 80)]
    public async Task A_storage_fault_names_the_request_and_leaves_nothing_in_flight(int seed, byte share, bool zeroCopy, byte at)
    {
        using var harness = new QueueHarness(seed, share / 255.0, zeroCopy);
        harness.Device.Reader.FailAt = at;
        Exception? error = await Record.ExceptionAsync(() => harness.RunAndCompareAsync());
        if (harness.Device.Reader.Reads > at)
        {
            Assert.StartsWith("request ", Assert.IsType<RunFailedException>(error).Message, StringComparison.Ordinal);
            Assert.Contains("weight file 'synthetic'", error.Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Null(error);
        }

        harness.Device.Reader.FailAt = -1;
        Assert.Equal(6, await harness.RunAndCompareAsync());
    }

    [Property(MaxTest = 60)]
    public async Task Cancelling_between_requests_gives_up_what_was_loaded_ahead(int seed, byte share, bool zeroCopy, byte after)
    {
        using var harness = new QueueHarness(seed, share / 255.0, zeroCopy);
        using var source = new CancellationTokenSource();
        int limit = 1 + (after % 5);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => harness.RunAndCompareAsync(
            served =>
            {
                if (served == limit)
                {
                    source.Cancel();
                }
            },
            source.Token));
        Assert.Equal(6, await harness.RunAndCompareAsync());
    }
}
