namespace FlashMem.Scheduling.Planners;

/// <summary>The unified arena of a device with a texture tier as a ring: loads take slots one after the other and wrap around.</summary>
internal sealed class StagingRing(long bytes)
{
    private readonly List<Slot> slots = [];
    private long next;

    /// <summary>Highest address used.</summary>
    public long Top { get; private set; }

    /// <summary>
    /// Takes the next slot; the loads whose slots it takes over are added to <paramref name="displaced"/>. A load of which a part is left
    /// keeps that part: whoever takes it over waits for the load as well.
    /// </summary>
    public long Take(int load, long slotBytes, List<int> displaced)
    {
        long offset = next + slotBytes <= bytes ? next : 0;
        next = offset + slotBytes;
        Top = Math.Max(Top, next);
        for (int i = slots.Count - 1; i >= 0; i--)
        {
            Slot slot = slots[i];
            if (slot.Start >= next || offset >= slot.End)
            {
                continue;
            }

            displaced.Add(slot.Load);
            slots.RemoveAt(i);
            if (slot.Start < offset)
            {
                slots.Add(slot with { End = offset });
            }

            if (next < slot.End)
            {
                slots.Add(slot with { Start = next });
            }
        }

        slots.Add(new Slot(offset, next, load));
        return offset;
    }

    private readonly record struct Slot(long Start, long End, int Load);
}
