using FlashMem.Abstractions.Time;
using FlashMem.Backends.OpenCL.Queues;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Queues;

public sealed class EventSharingTests
{
    [Fact]
    public void A_command_of_unknown_length_has_its_own_event()
    {
        Assert.True(new EventSharing().NeedsEvent(null, 1, mustHave: false));
    }

    [Fact]
    public void Short_commands_share_until_their_times_reach_the_limit()
    {
        var sharing = new EventSharing();
        DeviceTime third = new(EventSharing.Longest.Picoseconds / 3);

        Assert.Equal([false, false, false, true, false], Enumerable.Range(0, 5).Select(_ => sharing.NeedsEvent(third, 1, mustHave: false)));
    }

    [Fact]
    public void Whoever_is_waited_for_has_an_event_and_completes_those_before()
    {
        var sharing = new EventSharing();
        DeviceTime most = EventSharing.Longest;

        Assert.False(sharing.NeedsEvent(most, 1, mustHave: false));
        Assert.True(sharing.NeedsEvent(default(DeviceTime), 1, mustHave: true));
        Assert.False(sharing.NeedsEvent(most, 1, mustHave: false));
    }

    [Property]
    public void No_group_is_longer_than_the_limit_and_every_command_is_timed_now_and_then(byte[] lengths)
    {
        var sharing = new EventSharing();
        var open = DeviceTime.Zero;
        for (int use = 0; use < 2 * EventSharing.OwnEventEvery; use++)
        {
            foreach (byte length in lengths)
            {
                DeviceTime time = DeviceTime.FromNanoseconds(1000 * length);
                bool own = sharing.NeedsEvent(time, use, mustHave: false);
                Assert.True(own || use % EventSharing.OwnEventEvery != 0);
                open = own ? DeviceTime.Zero : open + time;
                Assert.True(open <= EventSharing.Longest);
            }
        }
    }
}
