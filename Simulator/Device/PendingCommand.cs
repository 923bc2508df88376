using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;

namespace FlashMem.Simulator.Device;

/// <summary>Waits and signal of a queued command, and what held it at the head of its lane.</summary>
internal class PendingCommand(TimePoint[] waits, TimePoint signal)
{
    private int reached;

    public TimePoint Signal { get; } = signal;

    /// <summary>The driver has it, or none needs to.</summary>
    public bool IsHandedOver { get; set; }

    /// <summary>When it became the head of its lane.</summary>
    public DeviceTime Ready { get; set; }

    /// <summary>The last timeline that it had to wait for as the head; null when none held it.</summary>
    public string? WaitedFor { get; private set; }

    /// <summary>Why it cannot run; null while nothing speaks against it.</summary>
    public Exception? Refusal { get; private set; }

    public IEnumerable<TimePoint> OpenWaits => waits.Skip(reached).Where(wait => !wait.IsReached);

    /// <summary>True when nothing holds it any more: all waits are reached, or <see cref="Refusal"/> is set.</summary>
    public bool IsDue()
    {
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
            else
            {
                WaitedFor = wait.Timeline.Name;
                return false;
            }
        }

        return true;
    }

    /// <summary>Keeps it from running unless something else does already.</summary>
    public void Refuse(Exception? cause) => Refusal ??= cause;
}
