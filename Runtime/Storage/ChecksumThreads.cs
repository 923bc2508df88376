using System.Collections.Concurrent;

namespace FlashMem.Runtime.Storage;

/// <summary>
/// Threads that compare bytes with their checksums while readers go on reading. They take only what one of them is free for: what they do
/// not take the reader checks itself, so checks never fall behind.
/// </summary>
internal sealed class ChecksumThreads : IDisposable
{
    private readonly BlockingCollection<PendingRead> taken = [];
    private readonly Thread[] threads;
    private int free;

    /// <param name="count">Threads; 0 takes nothing.</param>
    /// <param name="check">Checks a read and says so to its queue; must not throw.</param>
    public ChecksumThreads(int count, Action<PendingRead> check)
    {
        free = count;
        threads = new Thread[count];
        for (int i = 0; i < count; i++)
        {
            threads[i] = new Thread(() => Work(check), maxStackSize: 256 << 10) { Name = $"checksums {i}", IsBackground = true };
            threads[i].Start();
        }
    }

    /// <summary>Reserves a free thread, for which one <see cref="Add"/> must follow; false when all are busy.</summary>
    public bool TryReserve()
    {
        if (Interlocked.Decrement(ref free) >= 0)
        {
            return true;
        }

        Interlocked.Increment(ref free);
        return false;
    }

    /// <summary>Hands a read to the reserved thread.</summary>
    public void Add(PendingRead read) => taken.Add(read);

    /// <summary>Finishes what was taken and joins the threads.</summary>
    public void Dispose()
    {
        taken.CompleteAdding();
        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        taken.Dispose();
    }

    private void Work(Action<PendingRead> check)
    {
        foreach (PendingRead read in taken.GetConsumingEnumerable())
        {
            check(read);
            Interlocked.Increment(ref free);
        }
    }
}
