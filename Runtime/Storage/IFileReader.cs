namespace FlashMem.Runtime.Storage;

/// <summary>
/// Reads ranges of one open file into memory. Thread-safe. Interrupted and partial system calls are continued here; an I/O error is an
/// <see cref="IOException"/> with the system's words. It never checks contents.
/// </summary>
public interface IFileReader : IDisposable
{
    /// <summary>The open file's present identity.</summary>
    FileIdentity Identity { get; }

    /// <summary>
    /// Reads <paramref name="bytes"/> bytes at <paramref name="offset"/>. The target holds at least <paramref name="capacity"/> bytes; when
    /// offset and target are aligned to 4096, up to <paramref name="bytes"/> rounded up to 4096 of them may be written, if they fit.
    /// </summary>
    ReadOutcome Read(long offset, nint target, int bytes, int capacity);
}
