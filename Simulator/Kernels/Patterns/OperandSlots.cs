namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>Where the operands of a simulated kernel lie: far apart, so that they share no line, and not all in the same sets.</summary>
internal static class OperandSlots
{
    public const int Output = 60;

    /// <summary>The streamed weight.</summary>
    public const int Weight = 61;

    /// <summary>Where carried texels come from.</summary>
    public const int Staging = 62;

    private const int SlotShift = 38;

    // Allocators place buffers on pages; an odd number of pages between them spreads them over the sets of every cache.
    private const ulong Skew = 37 * 4096;

    /// <summary>First byte of input slot 0, 1, ... or of one of the named slots.</summary>
    public static ulong Address(int slot) => ((ulong)(slot + 1) << SlotShift) + ((ulong)slot * Skew);
}
