using FlashMem.Abstractions.Devices;

namespace FlashMem.Tests.Support;

/// <summary>Waiting lets the device's pending commands run, in an order that the device chooses at random.</summary>
internal sealed class CheckingTimeline(string name, CheckingDevice device) : Timeline(name)
{
    public override void Wait(ulong value, CancellationToken cancellationToken = default)
    {
        device.RunUntil(() => Completed >= value || Failure is not null);
        base.Wait(value, cancellationToken);
    }

    public override Task WaitAsync(ulong value)
    {
        device.RunUntil(() => Completed >= value || Failure is not null);
        return base.WaitAsync(value);
    }
}
