using FlashMem.Abstractions.Devices;

namespace FlashMem.Simulator.Device;

/// <summary>Something that takes commands in order: a queue, or the reads of one weight file.</summary>
internal interface ILane
{
    /// <summary>Nothing is queued or running.</summary>
    bool IsIdle { get; }

    /// <summary>What the command at the head still waits for; empty when none waits.</summary>
    IEnumerable<TimePoint> HeadWaits { get; }

    /// <summary>Starts or refuses what is due now; true when something changed.</summary>
    bool Settle();

    /// <summary>A command that is queued or running reaches the point.</summary>
    bool WillReach(TimePoint point);

    /// <summary>Fails everything that has not started.</summary>
    void Refuse(Exception cause);
}
