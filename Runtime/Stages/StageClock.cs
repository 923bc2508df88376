using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;

namespace FlashMem.Runtime.Stages;

/// <summary>
/// One time for all stages. Real devices run in one time, so the first one's clock is it. Simulated devices have clocks of their own that
/// stand still while nobody waits; with one of them among the devices the time is composed: a run enters a stage when it has left the one
/// before and the run before it has moved on, and stays for as long as the stage's own clock says.
/// </summary>
/// <remarks>
/// A stage's members are called by whoever holds the stage, so by one run at a time; <see cref="Arrive"/> and <see cref="Complete"/> by
/// all.
/// </remarks>
internal sealed class StageClock
{
    private readonly IReadOnlyList<IDevice> devices;
    private readonly DeviceTime[] freeAt;
    private readonly object gate = new();
    private DeviceTime lastEnd;

    public StageClock(IReadOnlyList<IDevice> devices)
    {
        this.devices = devices;
        freeAt = new DeviceTime[devices.Count];
        IsComposed = devices.Any(device => device is ISimulatedDevice);
    }

    /// <summary>Time is composed of the stages' own.</summary>
    public bool IsComposed { get; }

    /// <summary>When a run that is asked for now can begin: what was complete before has been.</summary>
    public DeviceTime Arrive()
    {
        lock (gate)
        {
            return IsComposed ? lastEnd : devices[0].Now;
        }
    }

    /// <summary>A run has come to hold a stage, after it was ready to enter.</summary>
    public DeviceTime Enter(int stage, DeviceTime ready) => !IsComposed ? devices[0].Now : ready > freeAt[stage] ? ready : freeAt[stage];

    /// <summary>The run is done with a stage that it entered, its device having taken so long.</summary>
    public DeviceTime Finish(DeviceTime entered, DeviceTime taken) => IsComposed ? entered + taken : devices[0].Now;

    /// <summary>The run gives a stage up, having moved on or ended at this time.</summary>
    public void Leave(int stage, DeviceTime time) => freeAt[stage] = time;

    /// <summary>A run ended at this time.</summary>
    public void Complete(DeviceTime end)
    {
        lock (gate)
        {
            lastEnd = end > lastEnd ? end : lastEnd;
        }
    }
}
