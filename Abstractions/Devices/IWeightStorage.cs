namespace FlashMem.Abstractions.Devices;

/// <summary>
/// Reads ranges of one weight file straight into host-visible memory, several at a time. Reads start in the order issued, each after its
/// waits; its signal is raised when its bytes and those of every read issued before it on the same timeline are in place. A fault fails
/// the signal's timeline with a <see cref="Errors.RunFailedException"/> that names the file and the range.
/// </summary>
public interface IWeightStorage : IAsyncDisposable
{
    void Read(ReadCommand command, ReadOnlySpan<TimePoint> waits, TimePoint signal);

    /// <summary>
    /// Completes when no read is queued or running, so that all targets are the caller's again; for the end of a failed or cancelled run.
    /// A read that waits for a timeline nobody will signal never ends: fail that timeline, or the read's own, first.
    /// </summary>
    Task DrainAsync();
}

/// <summary>A read of <paramref name="Bytes"/> bytes at <paramref name="FileOffset"/> of the weight file into the target's start.</summary>
/// <param name="Label">Weight and chunk, for traces and errors.</param>
/// <param name="FileOffset">Aligned to 4096 unless the read is a row fetch.</param>
/// <param name="Bytes">Exact payload bytes; the target is at least this large rounded up to 4096 when the offset is aligned.</param>
/// <param name="Target">Where the bytes go; belongs to the storage until the signal.</param>
/// <param name="Checksum">XxHash3 of the payload, checked when not null.</param>
public sealed record ReadCommand(string Label, long FileOffset, int Bytes, MemoryRange Target, ulong? Checksum);
