namespace FlashMem.Simulator.Compute;

/// <summary>State of one resident wave. Reused by the waves that follow in its place.</summary>
internal sealed class WaveSlot(int core)
{
    private long[] loads = new long[16];
    private int firstLoad;
    private int loadCount;
    private long lastLoad;

    public int Core => core;

    public WaveInstruction Instruction { get; } = new();

    /// <summary>The instruction is filled in and has not issued.</summary>
    public bool Fetched { get; set; }

    public long Workgroup { get; private set; }

    public int Wave { get; private set; }

    public int Index { get; set; }

    /// <summary>When the last of its loads arrives.</summary>
    public long LoadsDone => lastLoad;

    public void Start(long workgroup, int wave)
    {
        (Workgroup, Wave, Index, Fetched) = (workgroup, wave, 0, false);
        (firstLoad, loadCount, lastLoad) = (0, 0, 0);
    }

    /// <summary>Adds a load that arrives at a time; loads of a wave return in order.</summary>
    public void AddLoad(long arrival)
    {
        if (loadCount == loads.Length)
        {
            var larger = new long[2 * loads.Length];
            for (int i = 0; i < loadCount; i++)
            {
                larger[i] = loads[(firstLoad + i) % loads.Length];
            }

            (loads, firstLoad) = (larger, 0);
        }

        lastLoad = Math.Max(lastLoad, arrival);
        loads[(firstLoad + loadCount++) % loads.Length] = lastLoad;
    }

    /// <summary>When no more than so many loads are in flight.</summary>
    public long WhenInFlight(int most, long now)
    {
        while (loadCount > 0 && loads[firstLoad] <= now)
        {
            firstLoad = (firstLoad + 1) % loads.Length;
            loadCount--;
        }

        return loadCount <= most ? now : loads[(firstLoad + loadCount - most - 1) % loads.Length];
    }
}
