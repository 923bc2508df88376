namespace FlashMem.Runtime.Storage;

/// <summary>The reads issued on one timeline and not yet signalled, in issue order. Guarded by the queue's lock.</summary>
internal sealed class SignalOrder
{
    private readonly Queue<PendingRead> issued = new();
    private readonly HashSet<PendingRead> done = [];

    public bool IsEmpty => issued.Count == 0;

    public void Issue(PendingRead read) => issued.Enqueue(read);

    /// <summary>Marks a read done; the value to signal when it and all reads before it are, else null.</summary>
    public ulong? Complete(PendingRead read)
    {
        done.Add(read);
        ulong? reached = null;
        while (issued.TryPeek(out PendingRead? first) && done.Remove(first))
        {
            reached = first.Signal.Value;
            issued.Dequeue();
        }

        return reached;
    }
}
