namespace FlashMem.Scheduling.Problem;

/// <summary>How finely kernels must be cut into steps.</summary>
internal sealed record SliceLimits
{
    /// <summary>Bytes that the panel chunks of steps can take in memory, beside what is pinned.</summary>
    public required long ArenaBytes { get; init; }

    /// <summary>Beyond this a slice gains no efficiency and only makes the arena coarser.</summary>
    public required long LargestSliceBytes { get; init; }

    /// <summary>Large linear weights lie in the same arena as panels.</summary>
    public required bool TablesShareArena { get; init; }

    /// <summary>Cut nothing: all weights are resident before the first step, so slices would only add launches.</summary>
    public required bool KeepWhole { get; init; }

    /// <summary>Their chunks stay resident, so slices need not share the arena.</summary>
    public PinnedWeights Pinned { get; init; }

    /// <summary>The arena holds all chunks, so slices need not share it.</summary>
    public required bool EverythingFits { get; init; }
}
