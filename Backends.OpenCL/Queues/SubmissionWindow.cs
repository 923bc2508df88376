using FlashMem.Abstractions.Time;

namespace FlashMem.Backends.OpenCL.Queues;

/// <summary>
/// How far a queue may run ahead: about as many commands in the driver's hands as keep it busy for a while, judged by how long commands
/// took so far. Few long ones, so that a cancelled run ends soon; many short ones, so that the cost of launches is hidden. One thread
/// enters, another leaves.
/// </summary>
/// <param name="most">Most commands, however short; at least 1.</param>
internal sealed class SubmissionWindow(int most)
{
    /// <summary>Work that the driver should have at hand.</summary>
    private static readonly DeviceTime Ahead = DeviceTime.FromNanoseconds(20e6);

    /// <summary>Even of long commands the next ones are ready when one ends.</summary>
    private const int Fewest = 4;

    private const int Memory = 16;

    private readonly object gate = new();
    private int inside;
    private int limit = Math.Min(Fewest, most);
    private long meanPicoseconds = -1;

    /// <summary>Commands that may be in the driver's hands now.</summary>
    public int Limit
    {
        get
        {
            lock (gate)
            {
                return limit;
            }
        }
    }

    /// <summary>Commands that are in the driver's hands now.</summary>
    public int Inside
    {
        get
        {
            lock (gate)
            {
                return inside;
            }
        }
    }

    /// <summary>Takes a place if there is one.</summary>
    public bool TryEnter()
    {
        lock (gate)
        {
            if (inside >= limit)
            {
                return false;
            }

            inside++;
            return true;
        }
    }

    /// <summary>Takes a place as soon as there is one.</summary>
    public void Enter()
    {
        lock (gate)
        {
            while (inside >= limit)
            {
                Monitor.Wait(gate);
            }

            inside++;
        }
    }

    /// <summary>Gives a place back.</summary>
    /// <param name="spent">How long the command ran; null when that is not known.</param>
    public void Leave(DeviceTime? spent)
    {
        lock (gate)
        {
            inside--;
            if (spent is { } time)
            {
                meanPicoseconds = meanPicoseconds < 0
                    ? time.Picoseconds
                    : meanPicoseconds + ((time.Picoseconds - meanPicoseconds) / Memory);
                long wanted = Ahead.Picoseconds / Math.Max(meanPicoseconds, 1);
                limit = Math.Min(most, (int)Math.Clamp(wanted, Fewest, int.MaxValue));
            }

            Monitor.Pulse(gate);
        }
    }
}
