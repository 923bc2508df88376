namespace FlashMem.Scheduling.Planners;

/// <summary>The unified arena of a device with a texture tier as a ring: loads take slots one after the other and wrap around.</summary>
internal sealed class StagingRing(long bytes)
{
    private readonly List<Slot> slots = [];
    private long next;

    /// <summary>Highest address used.</summary>
    public long Top { get; private set; }

    /// <summary>Takes the next slot; the loads whose slots it takes over are added to <paramref name="displaced"/>.</summary>
    public long Take(int load, long slotBytes, List<int> displaced)
    {
        long offset = next + slotBytes <= bytes ? next : 0;
        next = offset + slotBytes;
        Top = Math.Max(Top, next);
        for (int i = 0; i < slots.Count;)
        {
            if (slots[i].Start < next && offset < slots[i].End)
            {
                displaced.Add(slots[i].Load);
                slots.RemoveAt(i);
            }
            else
            {
                i++;
            }
        }

        slots.Add(new Slot(offset, next, load));
        return offset;
    }

    private readonly record struct Slot(long Start, long End, int Load);
}
