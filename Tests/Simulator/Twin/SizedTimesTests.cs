using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Measurements;
using FlashMem.Simulator.Twin;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Twin;

public sealed class SizedTimesTests
{
    private static readonly SizedTimes Times = new([new(4096, 4, 20, 30), new(65536, 10, 40, 90), new(1048576, 100, 200, 300)], "reads");

    [Property]
    public void A_size_between_two_measured_ones_takes_a_time_between_theirs(PositiveInt size)
    {
        int bytes = size.Get % 1048576;
        SizedTime below = Times.Of(bytes);
        SizedTime above = Times.Of(bytes + 1);

        Assert.Equal(bytes, below.Bytes);
        Assert.InRange(below.BusySeconds, 4, above.BusySeconds);
        Assert.InRange(below.AloneSeconds, 20, above.AloneSeconds);
        Assert.InRange(below.BesideSeconds, 30, above.BesideSeconds);
        Assert.True(above.BusySeconds <= 100);
    }

    [Fact]
    public void Measured_sizes_keep_their_times_and_larger_ones_go_on_in_proportion()
    {
        Assert.Equal(new SizedTime(65536, 10, 40, 90), Times.Of(65536));
        Assert.Equal(new SizedTime(4 * 1048576, 400, 800, 1200), Times.Of(4 * 1048576));
    }

    [Fact]
    public void Times_that_make_no_sense_are_refused()
    {
        Assert.Throws<UsageException>(() => new SizedTimes([], "copies"));
        Assert.Throws<UsageException>(() => new SizedTimes([new(4096, 0, 1, 1)], "copies"));
        Assert.Throws<UsageException>(() => new SizedTimes([new(4096, 1, 1, 1), new(4096, 1, 1, 1)], "copies"));
    }
}
