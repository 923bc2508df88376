namespace FlashMem.Simulator.Engine;

/// <summary>
/// Events by time; those of one time come in the order in which they were pushed, so a simulation is deterministic. A 4-ary heap in one
/// array: no allocation per event. Times are picoseconds. Not thread-safe.
/// </summary>
internal sealed class EventQueue<T>
{
    private const int Arity = 4;

    private Entry[] heap = new Entry[256];
    private long pushed;

    public int Count { get; private set; }

    /// <summary>Time of the next event; <see cref="long.MaxValue"/> when there is none.</summary>
    public long NextTime => Count == 0 ? long.MaxValue : heap[0].Time;

    public void Push(long time, T payload)
    {
        if (Count == heap.Length)
        {
            Array.Resize(ref heap, 2 * heap.Length);
        }

        var entry = new Entry(time, pushed++, payload);
        int at = Count++;
        while (at > 0)
        {
            int parent = (at - 1) / Arity;
            if (!entry.IsBefore(heap[parent]))
            {
                break;
            }

            heap[at] = heap[parent];
            at = parent;
        }

        heap[at] = entry;
    }

    public bool TryPop(out long time, out T payload)
    {
        if (Count == 0)
        {
            (time, payload) = (0, default!);
            return false;
        }

        (time, payload) = (heap[0].Time, heap[0].Payload);
        Entry last = heap[--Count];
        heap[Count] = default;
        if (Count > 0)
        {
            SiftDown(last);
        }

        return true;
    }

    private void SiftDown(in Entry entry)
    {
        Entry[] entries = heap;
        int at = 0;
        while (true)
        {
            int first = (Arity * at) + 1;
            if (first >= Count)
            {
                break;
            }

            int least = first;
            int end = Math.Min(first + Arity, Count);
            for (int child = first + 1; child < end; child++)
            {
                if (entries[child].IsBefore(entries[least]))
                {
                    least = child;
                }
            }

            if (!entries[least].IsBefore(entry))
            {
                break;
            }

            entries[at] = entries[least];
            at = least;
        }

        entries[at] = entry;
    }

    private readonly record struct Entry(long Time, long Sequence, T Payload)
    {
        public bool IsBefore(in Entry other) => Time < other.Time || (Time == other.Time && Sequence < other.Sequence);
    }
}
