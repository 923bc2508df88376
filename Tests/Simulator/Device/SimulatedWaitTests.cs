using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Simulator.Device;
using Xunit;

namespace FlashMem.Tests.Simulator.Device;

/// <summary>Waits that can never end are errors, and waits for the host go on when the host signals.</summary>
public sealed class SimulatedWaitTests : IAsyncDisposable
{
    private readonly SimulatedDevice device = TestDevices.TimingOnly();

    public ValueTask DisposeAsync() => device.DisposeAsync();

    [Fact]
    public async Task A_value_that_nothing_issued_reaches_is_an_error_with_timeline_and_value()
    {
        Timeline done = device.CreateTimeline("steps");
        device.ComputeQueue.Dispatch(TestCommands.Fill(device, 8), [], done.At(1));

        string message = Assert.Throws<RunFailedException>(() => done.Wait(3)).Message;
        Assert.Contains("value 3 of timeline 'steps' (it stands at 1)", message, StringComparison.Ordinal);
        Assert.Equal(message, (await Assert.ThrowsAsync<RunFailedException>(() => done.WaitAsync(3))).Message);
    }

    [Fact]
    public void Commands_that_wait_for_each_other_are_an_error_that_names_them()
    {
        Timeline compute = device.CreateTimeline("compute");
        Timeline transfer = device.CreateTimeline("transfer");
        var memory = new MemoryRange(device.Allocate(MemoryTier.Unified, 8), 0, 8);
        device.ComputeQueue.Dispatch(TestCommands.Fill(device, 8), [transfer.At(1)], compute.At(1));
        device.TransferQueue.Copy(new CopyCommand("move", memory, memory), [compute.At(1)], transfer.At(1));

        string message = Assert.Throws<RunFailedException>(() => compute.Wait(1)).Message;
        Assert.Contains("'compute'", message, StringComparison.Ordinal);
        Assert.Contains("'transfer'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_behind_one_that_is_stuck_is_stuck_as_well()
    {
        Timeline never = device.CreateTimeline("never");
        Timeline done = device.CreateTimeline("done");
        device.ComputeQueue.Dispatch(TestCommands.Fill(device, 8), [], never.At(1));
        device.ComputeQueue.Dispatch(TestCommands.Fill(device, 8), [never.At(2)], done.At(1));
        device.ComputeQueue.Dispatch(TestCommands.Fill(device, 8), [], done.At(2));

        Assert.Contains("'never'", Assert.Throws<RunFailedException>(() => done.Wait(2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_that_waits_for_the_host_goes_on_when_the_host_signals()
    {
        Timeline gate = device.CreateTimeline("gate");
        Timeline done = device.CreateTimeline("done");
        device.ComputeQueue.Dispatch(TestCommands.Fill(device, 8), [gate.At(2)], done.At(1));

        Task waiting = done.WaitAsync(1);
        Assert.False(waiting.IsCompleted);
        gate.Signal(1);
        Assert.False(waiting.IsCompleted);
        gate.Signal(2);
        await waiting;

        Assert.Equal(1ul, done.Completed);
    }

    [Fact]
    public async Task A_task_that_waits_for_what_is_issued_later_goes_on_then()
    {
        Timeline done = device.CreateTimeline("done");
        Task waiting = done.WaitAsync(1);

        device.ComputeQueue.Dispatch(TestCommands.Fill(device, 8), [], done.At(1));
        await waiting;

        Assert.True(device.Now.Picoseconds > 0);
    }

    [Fact]
    public void A_callback_may_issue_but_not_wait()
    {
        Timeline first = device.CreateTimeline("first");
        Timeline second = device.CreateTimeline("second");
        Exception? refused = null;
        first.WhenReached(1, () =>
        {
            device.ComputeQueue.Dispatch(TestCommands.Fill(device, 8), [], second.At(1));
            refused = Record.Exception(() => second.Wait(1));
        });
        device.ComputeQueue.Dispatch(TestCommands.Fill(device, 8), [], first.At(1));

        first.Wait(1);
        Assert.IsType<InvalidOperationException>(refused);
        second.Wait(1);
    }

    [Fact]
    public async Task Closing_refuses_what_can_never_run()
    {
        SimulatedDevice closing = TestDevices.TimingOnly();
        Timeline gate = closing.CreateTimeline("gate");
        Timeline done = closing.CreateTimeline("done");
        closing.ComputeQueue.Dispatch(TestCommands.Fill(closing, 8), [gate.At(1)], done.At(1));

        await closing.DisposeAsync();

        Assert.IsType<RunFailedException>(done.Failure);
    }
}
