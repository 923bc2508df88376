namespace FlashMem.Backends.OpenCL.Native;

/// <summary>Handles that are open, by kind; all are 0 after the device and its memory are disposed. Thread-safe.</summary>
internal sealed class ClHandleCounts
{
    private readonly int[] counts = new int[Enum.GetValues<ClHandleKind>().Length];

    public int this[ClHandleKind kind] => Volatile.Read(ref counts[(int)kind]);

    public int Total => counts.Sum();

    public void Add(ClHandleKind kind) => Interlocked.Increment(ref counts[(int)kind]);

    public void Remove(ClHandleKind kind) => Interlocked.Decrement(ref counts[(int)kind]);

    /// <summary>For messages: the kinds that are open and how many of each.</summary>
    public override string ToString() => string.Join(
        ", ", Enum.GetValues<ClHandleKind>().Where(kind => this[kind] != 0).Select(kind => $"{kind} {this[kind]}"));
}
