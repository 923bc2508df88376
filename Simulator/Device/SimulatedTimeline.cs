using FlashMem.Abstractions.Devices;

namespace FlashMem.Simulator.Device;

/// <summary>Waiting lets the device's time go on, on the waiting thread.</summary>
internal sealed class SimulatedTimeline(string name, Simulation simulation) : Timeline(name)
{
    /// <summary>A command or read was given a point of it to signal, so it is not the host's alone.</summary>
    public bool IsSignalledByDevice { get; set; }

    public override void Wait(ulong value, CancellationToken cancellationToken = default)
    {
        simulation.Run(() => Completed >= value || Failure is not null, () => [At(value)], cancellationToken);
        ThrowIfFailedBefore(value);
    }

    public override async Task WaitAsync(ulong value)
    {
        await simulation.RunAsync(() => Completed >= value || Failure is not null, () => [At(value)]).ConfigureAwait(false);
        ThrowIfFailedBefore(value);
    }
}
