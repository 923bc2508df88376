using FlashMem.Abstractions.Time;
using FlashMem.Backends.OpenCL.Queues;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Queues;

/// <summary>How far a queue runs ahead.</summary>
public sealed class SubmissionWindowTests
{
    [Theory]
    [InlineData(256, 10_000, 256)]
    [InlineData(256, 200_000, 100)]
    [InlineData(256, 100_000_000, 4)]
    [InlineData(2, 10_000, 2)]
    [InlineData(1, 100_000_000, 1)]
    public void Many_short_commands_or_few_long_ones(int most, double nanoseconds, int expected)
    {
        var window = new SubmissionWindow(most);
        Assert.Equal(Math.Min(4, most), window.Limit);
        for (int i = 0; i < 100; i++)
        {
            window.Enter();
            window.Leave(DeviceTime.FromNanoseconds(nanoseconds));
        }

        Assert.Equal(expected, window.Limit);
    }

    [Fact]
    public async Task A_full_window_lets_nobody_in_until_somebody_leaves()
    {
        var window = new SubmissionWindow(1);
        Assert.True(window.TryEnter());
        Assert.False(window.TryEnter());

        Task waiting = Task.Run(window.Enter);
        window.Leave(null);
        await waiting;

        Assert.False(window.TryEnter());
    }
}
