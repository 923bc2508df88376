using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using Xunit;

namespace FlashMem.Tests.Conformance;

/// <summary>What a device's timelines promise.</summary>
public abstract class TimelineConformance<TFixture>(TFixture fixture) : IClassFixture<TFixture>
    where TFixture : class, IDeviceFixture
{
    private readonly Timeline timeline = fixture.Device.CreateTimeline("steps");

    [Fact]
    public void The_counter_only_grows()
    {
        timeline.Signal(5);
        timeline.Signal(3);

        Assert.Equal(5ul, timeline.Completed);
        Assert.True(timeline.At(5).IsReached);
        Assert.False(timeline.At(6).IsReached);
        timeline.Wait(4);
    }

    [Fact]
    public void Callbacks_run_once_when_their_value_is_reached_in_the_order_given()
    {
        var ran = new List<string>();
        timeline.WhenReached(2, () => ran.Add("two"));
        timeline.WhenReached(1, () => ran.Add("one"));
        timeline.WhenReached(2, () => ran.Add("two again"));
        timeline.WhenReached(9, () => ran.Add("nine"));

        timeline.Signal(2);
        timeline.Signal(3);
        timeline.WhenReached(3, () => ran.Add("at once"));

        Assert.Equal(["two", "one", "two again", "at once"], ran);
    }

    [Fact]
    public async Task A_failure_is_final_wakes_every_waiter_and_keeps_what_was_reached()
    {
        timeline.Signal(1);
        Task early = timeline.WaitAsync(1);
        Task late = timeline.WaitAsync(2);
        var cause = new RunFailedException("first");
        bool called = false;
        timeline.WhenReached(7, () => called = true);

        timeline.Fail(cause);
        timeline.Fail(new RunFailedException("second"));
        timeline.Signal(2);

        await early;
        Assert.Same(cause, await Assert.ThrowsAsync<RunFailedException>(() => late));
        Assert.Same(cause, timeline.Failure);
        Assert.Equal(1ul, timeline.Completed);
        Assert.True(called);
        timeline.Wait(1);
        Assert.Same(cause, Assert.Throws<RunFailedException>(() => timeline.Wait(2)));
    }

    [Fact]
    public void An_unexpected_cause_is_wrapped_with_the_timelines_name()
    {
        timeline.Fail(new InvalidOperationException("broken"));

        var error = Assert.Throws<RunFailedException>(() => timeline.Wait(1));
        Assert.Contains("steps", error.Message);
        Assert.Contains("broken", error.Message);
    }

    [Fact]
    public async Task A_waiter_on_another_thread_wakes_when_signalled()
    {
        Task waiter = Task.Run(() => timeline.Wait(10));
        for (ulong i = 1; i <= 10; i++)
        {
            timeline.Signal(i);
        }

        await waiter;
    }

    [Fact]
    public async Task Waiting_can_be_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        Task waiter = Task.Run(() => timeline.Wait(1, cancel.Token));
        await cancel.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => waiter);
    }
}
