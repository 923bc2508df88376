namespace FlashMem.Scheduling.Planners;

/// <summary>The unified arena of a device with a texture tier as a ring: loads take slots one after the other and wrap around.</summary>
internal sealed class StagingRing(long bytes)
{
    // By address; they do not overlap.
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
        int first = FirstBeyond(offset);
        int end = first;
        Slot? head = null;
        Slot? tail = null;
        for (; end < slots.Count && slots[end].Start < next; end++)
        {
            Slot slot = slots[end];
            displaced.Add(slot.Load);
            head = slot.Start < offset ? slot with { End = offset } : head;
            tail = slot.End > next ? slot with { Start = next } : tail;
        }

        slots.RemoveRange(first, end - first);
        foreach (Slot? slot in (ReadOnlySpan<Slot?>)[tail, new Slot(offset, next, load), head])
        {
            if (slot is { } left)
            {
                slots.Insert(first, left);
            }
        }

        return offset;
    }

    /// <summary>Index of the first slot that ends after an address.</summary>
    private int FirstBeyond(long address)
    {
        int low = 0;
        int high = slots.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = slots[middle].End > address ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    private readonly record struct Slot(long Start, long End, int Load);
}
