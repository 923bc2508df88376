using FlashMem.Abstractions.Time;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Storage;

/// <summary>How weights are read from their file.</summary>
public sealed record StorageOptions
{
    /// <summary>Slices that no read is longer than.</summary>
    private const int WholeReads = int.MaxValue / (int)Alignment.Block * (int)Alignment.Block;

    /// <summary>
    /// Dedicated I/O threads, so the number of reads in flight. Default: three quarters of the processors, at least 4, enough for a
    /// solid-state disk to reach its bandwidth with chunk-sized requests, and at most 12: one thread copies some 6 GB/s out of the page
    /// cache, and a discrete GPU takes 55.
    /// </summary>
    public int Threads { get; init; } = Math.Clamp(Environment.ProcessorCount * 3 / 4, 4, 12);

    /// <summary>Largest single request to the operating system in bytes, a multiple of 4096. 1 MiB by default.</summary>
    public int RequestBytes { get; init; } = 1 << 20;

    /// <summary>
    /// Threads share a read in slices of this many bytes, a multiple of 4096, so that it is there sooner and holds its target for less time.
    /// Default: 256 KiB with eight processors and more; with fewer, threads would only wait for each other, and reads are not shared.
    /// </summary>
    public int SliceBytes { get; init; } = SpareProcessors.Exist ? 256 << 10 : WholeReads;

    /// <summary>
    /// Reads what is not in the page cache past it, where the platform can; true by default. False reads through the page cache and
    /// drops what the read brought in.
    /// </summary>
    public bool Direct { get; init; } = true;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1, nameof(Threads));
        RequireBlocks(RequestBytes, nameof(RequestBytes));
        RequireBlocks(SliceBytes, nameof(SliceBytes));
    }

    private static void RequireBlocks(int bytes, string name)
    {
        if (bytes < Alignment.Block || bytes % Alignment.Block != 0)
        {
            throw new ArgumentOutOfRangeException(name, bytes, "not a positive multiple of 4096");
        }
    }
}
