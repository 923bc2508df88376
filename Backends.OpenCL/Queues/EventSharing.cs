using FlashMem.Abstractions.Time;

namespace FlashMem.Backends.OpenCL.Queues;

/// <summary>
/// Which commands of a queue share an event. A launch with an event costs some drivers three times one without, and short kernels then end
/// before the next is there. So commands that are known to be short have none of their own and count as complete with the next command
/// that has one. What they share stays short, because whoever waits for the first of them waits for the last. Not thread-safe.
/// </summary>
internal sealed class EventSharing
{
    /// <summary>Longest time of commands that share an event.</summary>
    public static readonly DeviceTime Longest = DeviceTime.FromNanoseconds(200_000);

    /// <summary>Every so many uses a command has an event of its own, so that its time stays known.</summary>
    public const int OwnEventEvery = 8;

    private DeviceTime open;

    /// <summary>Says whether a command needs an event; without one it joins those that share the next.</summary>
    /// <param name="expected">How long it takes; null when that is not known.</param>
    /// <param name="uses">How often it was handed over before.</param>
    /// <param name="mustHave">Others depend on its own end or start.</param>
    public bool NeedsEvent(DeviceTime? expected, int uses, bool mustHave)
    {
        if (mustHave || expected is not { } time || uses % OwnEventEvery == 0 || open + time > Longest)
        {
            Close();
            return true;
        }

        open += time;
        return false;
    }

    /// <summary>The commands so far have their event.</summary>
    public void Close() => open = default;
}
