namespace FlashMem.Simulator.Device;

/// <summary>Wakes host threads that wait for other host threads. Never held while anything else is done.</summary>
internal sealed class Wake
{
    private readonly object gate = new();
    private long version;

    /// <summary>Counts pulses; read it before looking at what may change.</summary>
    public long Version
    {
        get
        {
            lock (gate)
            {
                return version;
            }
        }
    }

    /// <summary>Something changed.</summary>
    public void Pulse()
    {
        lock (gate)
        {
            version++;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Blocks until there was a pulse after the version was read.</summary>
    public void WaitBeyond(long seen, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration cancel = cancellationToken.Register(Pulse);
        lock (gate)
        {
            while (version == seen)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Monitor.Wait(gate);
            }
        }
    }
}
