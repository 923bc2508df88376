namespace FlashMem.Abstractions.Devices;

/// <summary>The moment at which a timeline reaches a value.</summary>
public readonly record struct TimePoint(Timeline Timeline, ulong Value)
{
    public bool IsReached => Timeline.Completed >= Value;

    public void Wait(CancellationToken cancellationToken = default) => Timeline.Wait(Value, cancellationToken);

    public void Signal() => Timeline.Signal(Value);
}
