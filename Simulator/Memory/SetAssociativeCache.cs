namespace FlashMem.Simulator.Memory;

/// <summary>
/// Tags of a cache: sets of ways, least recently used leaves. A line is a number; its set is the number modulo the sets, which need not be
/// a power of two. Callers keep what else a line has (when its data arrive, whether it is dirty) in arrays of <see cref="Slots"/> entries.
/// </summary>
internal sealed class SetAssociativeCache
{
    // Tags are kept plus one: zero is an empty way, which was used at time zero and so goes first.
    private readonly ulong[] tags;
    private readonly long[] used;
    private readonly ulong mask;
    private long clock;

    /// <param name="sets">Positive.</param>
    /// <param name="ways">Positive.</param>
    public SetAssociativeCache(int sets, int ways)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sets);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ways);
        (Sets, Ways) = (sets, ways);
        mask = int.IsPow2(sets) ? (ulong)sets - 1 : 0;
        tags = new ulong[sets * ways];
        used = new long[sets * ways];
    }

    public int Sets { get; }

    public int Ways { get; }

    public int Slots => tags.Length;

    /// <summary>Looks a line up and makes it the most recently used of its set; on a miss it takes the place of the least recently used.</summary>
    /// <param name="line">Less than 2^64 - 1.</param>
    /// <param name="slot">Where the line is now.</param>
    /// <param name="evicted">The line that left, if <paramref name="slot"/> held one and this is a miss.</param>
    /// <returns>True on a hit.</returns>
    public bool Access(ulong line, out int slot, out ulong? evicted)
    {
        evicted = null;
        if (TryTouch(line, out slot))
        {
            return true;
        }

        slot = Insert(line, out evicted);
        return false;
    }

    /// <summary>Makes a line that is there the most recently used of its set.</summary>
    public bool TryTouch(ulong line, out int slot)
    {
        ulong tag = line + 1;
        int first = FirstWay(line);
        for (slot = first; slot < first + Ways; slot++)
        {
            if (tags[slot] == tag)
            {
                used[slot] = ++clock;
                return true;
            }
        }

        return false;
    }

    /// <summary>Puts a line that is not there in the place of the least recently used of its set, and returns the slot.</summary>
    public int Insert(ulong line, out ulong? evicted)
    {
        int first = FirstWay(line);
        int oldest = first;
        for (int way = first + 1; way < first + Ways; way++)
        {
            if (used[way] < used[oldest])
            {
                oldest = way;
            }
        }

        evicted = LineAt(oldest);
        (tags[oldest], used[oldest]) = (line + 1, ++clock);
        return oldest;
    }

    /// <summary>Line in a slot; null where there is none.</summary>
    public ulong? LineAt(int slot) => tags[slot] == 0 ? null : tags[slot] - 1;

    private int FirstWay(ulong line) => (int)(mask != 0 || Sets == 1 ? line & mask : line % (ulong)Sets) * Ways;
}
