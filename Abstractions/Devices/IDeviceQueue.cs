namespace FlashMem.Abstractions.Devices;

/// <summary>
/// An in-order queue of a device. Every call returns at once; the command starts after all waits are reached and earlier commands of the
/// queue are done, and signals when it is complete. If a wait fails or the command fails, the signal's timeline fails with the cause and
/// the command does not run. Calls are not thread-safe.
/// </summary>
public interface IDeviceQueue
{
    void Dispatch(DispatchCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal);

    void Copy(CopyCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal);
}
