namespace FlashMem.Scheduling.Problem;

/// <summary>The two alignments of the weight file and of the arenas, in bytes.</summary>
public static class Alignment
{
    /// <summary>Direct reads need file offsets, addresses and lengths in multiples of this.</summary>
    public const long Block = 4096;

    /// <summary>Cache line and widest vector: every activation and every entry of the parameters block starts on one.</summary>
    public const long Line = 64;

    /// <summary>Rounds up to a multiple; throws <see cref="OverflowException"/> beyond 63 bits.</summary>
    public static long Up(long bytes, long multiple) => checked(bytes + multiple - 1) / multiple * multiple;

    /// <summary>Rounds down to a multiple.</summary>
    public static long Down(long bytes, long multiple) => bytes / multiple * multiple;
}
