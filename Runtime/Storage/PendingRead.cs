using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;

namespace FlashMem.Runtime.Storage;

/// <summary>A read that was issued and is not done, which threads share in slices. Guarded by the queue's lock.</summary>
internal sealed class PendingRead(ReadCommand command, TimePoint[] waits, TimePoint signal)
{
    private int reached;
    private int registered = -1;
    private int sliced;
    private int open;

    public ReadCommand Command { get; } = command;

    public TimePoint Signal { get; } = signal;

    /// <summary>When it became the head of the queue.</summary>
    public DeviceTime Ready { get; set; }

    /// <summary>The last timeline that it had to wait for as the head; null when none held it.</summary>
    public string? WaitedFor { get; private set; }

    /// <summary>Why it cannot run: a wait failed, its own timeline failed, or the storage was closed.</summary>
    public Exception? Refusal { get; set; }

    /// <summary>When its first slice was taken.</summary>
    public DeviceTime Started { get; private set; }

    /// <summary>Which of the reads in progress it is, from 0: reads with the same number do not overlap.</summary>
    public int Lane { get; set; }

    /// <summary>Bytes in place, of slices that are done.</summary>
    public ReadOutcome Outcome { get; private set; }

    /// <summary>What went wrong in a slice; null while nothing has.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>All slices are taken.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>The next slice. There is at least one, also of a read of no bytes.</summary>
    public ReadSlice Slice(int sliceBytes, DeviceTime now)
    {
        Started = sliced == 0 ? now : Started;
        var slice = new ReadSlice(this, sliced, Math.Min(Command.Bytes - sliced, sliceBytes));
        sliced += slice.Bytes;
        IsTaken = sliced == Command.Bytes;
        open++;
        return slice;
    }

    /// <summary>A slice is done, well or not; true when it was the last of the read.</summary>
    public bool Join(ReadOutcome outcome, Exception? failure)
    {
        Failure ??= failure;
        Outcome = new ReadOutcome(
            Outcome.Bytes + outcome.Bytes, Outcome.CachedBytes + outcome.CachedBytes, Outcome.DirectBytes + outcome.DirectBytes);
        return --open == 0 && IsTaken;
    }

    /// <summary>
    /// True when nothing holds the read any more: all waits are reached, or <see cref="Refusal"/> is set. Otherwise asks the next
    /// timeline in its way, once, to call <paramref name="wake"/>.
    /// </summary>
    public bool IsReady(Action wake)
    {
        Refusal ??= Signal.Timeline.Failure;
        while (Refusal is null && reached < waits.Length)
        {
            TimePoint wait = waits[reached];
            if (wait.IsReached)
            {
                reached++;
            }
            else if (wait.Timeline.Failure is { } cause)
            {
                Refusal = cause;
            }
            else if (registered == reached)
            {
                return false;
            }
            else
            {
                if (registered < 0)
                {
                    WakeOnFailure(Signal.Timeline, wake);
                }

                // May call back at once if the point was reached meanwhile; then the next turn of the loop sees it.
                registered = reached;
                WaitedFor = wait.Timeline.Name;
                wait.Timeline.WhenReached(wait.Value, wake);
            }
        }

        return true;
    }

    private void WakeOnFailure(Timeline own, Action wake) => own.WhenReached(Signal.Value, () =>
    {
        if (own.Failure is not null)
        {
            wake();
        }
    });
}
