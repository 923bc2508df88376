using FlashMem.Runtime.Storage;

namespace FlashMem.Tests.Support;

/// <summary>A reader that misbehaves as told, in front of a real one: the storage faults that a run has to survive or report.</summary>
internal sealed class FaultyFileReader(IFileReader inner) : IFileReader
{
    /// <summary>Called with the offset before each read; may block (a stall) or throw an <see cref="IOException"/>.</summary>
    public Action<long>? Before { get; set; }

    /// <summary>Offset of the read that returns fewer bytes than asked for; -1 for none.</summary>
    public long ShortAt { get; set; } = -1;

    /// <summary>Bytes that the short read returns.</summary>
    public int ShortBytes { get; set; }

    /// <summary>Offset of the read whose first byte comes back wrong; -1 for none.</summary>
    public long CorruptAt { get; set; } = -1;

    /// <summary>What the file's identity is said to be; null tells the truth.</summary>
    public FileIdentity? ClaimedIdentity { get; set; }

    public bool IsDisposed { get; private set; }

    public FileIdentity Identity => ClaimedIdentity ?? inner.Identity;

    /// <summary>Fails reads at an offset as the system would report a broken disk.</summary>
    public void FailAt(long offset) => Before = at =>
    {
        if (at == offset)
        {
            throw new IOException("Input/output error (errno 5)");
        }
    };

    public unsafe ReadOutcome Read(long offset, nint target, int bytes, int capacity)
    {
        Before?.Invoke(offset);
        ReadOutcome outcome = inner.Read(offset, target, offset == ShortAt ? ShortBytes : bytes, capacity);
        if (offset == CorruptAt)
        {
            *(byte*)target ^= 1;
        }

        return outcome;
    }

    public void Dispose()
    {
        IsDisposed = true;
        inner.Dispose();
    }
}
