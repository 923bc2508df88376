using FlashMem.Abstractions.Devices;
using FlashMem.Runtime.Storage;

namespace FlashMem.Runtime.Profiling;

/// <summary>
/// Reads of one file into a ring of slots, several at a time, as in a run. A slot is written again when its last read is done.
/// </summary>
/// <param name="storage">Reads the file; owned.</param>
/// <param name="done">Counts reads; of the measured device.</param>
/// <param name="target">Where the slots lie.</param>
/// <param name="fileBytes">Size of the file; reads go round it.</param>
/// <param name="mostSlots">Most reads in flight.</param>
internal sealed class ReadStream(FileWeightStorage storage, Timeline done, IDeviceMemory target, long fileBytes, int mostSlots)
    : IDisposable
{
    private ulong count;
    private long offset;

    /// <summary>Largest read that still leaves several in flight.</summary>
    public int LargestBytes => (int)Math.Min(Math.Min(target.Bytes / 4, fileBytes), int.MaxValue / 4096 * 4096);

    /// <summary>Enqueues so many reads; returns the point at which they are complete.</summary>
    public TimePoint Issue(int bytes, int reads)
    {
        ulong slots = (ulong)Math.Min(mostSlots, target.Bytes / bytes);
        ulong first = count + 1;
        for (int i = 0; i < reads; i++)
        {
            offset = offset + bytes > fileBytes ? 0 : offset;
            TimePoint[] waits = count + 1 >= first + slots ? [done.At(count + 1 - slots)] : [];
            long slot = (long)(count % slots) * bytes;
            storage.Read(
                new ReadCommand("profile", offset, bytes, new MemoryRange(target, slot, bytes), null), waits, done.At(++count));
            offset += bytes;
        }

        return done.At(count);
    }

    /// <summary>Enqueues one read that waits for something else; returns the point at which it is complete.</summary>
    public TimePoint IssueAfter(TimePoint wait, int bytes)
    {
        offset = offset + bytes > fileBytes ? 0 : offset;
        TimePoint next = done.At(++count);
        storage.Read(new ReadCommand("profile", offset, bytes, new MemoryRange(target, 0, bytes), null), [wait], next);
        offset += bytes;
        return next;
    }

    public void Dispose() => storage.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
