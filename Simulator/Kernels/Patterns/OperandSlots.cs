using FlashMem.Simulator.Compute;

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

    /// <summary>Bytes within which <see cref="Spread"/> moves lines.</summary>
    private const int BlockShift = 16;

    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    /// <summary>
    /// Number of the line in memory that a line of an operand is. GPUs' caches choose sets by a hash of the address, so that operands whose
    /// pitch is a power of two do not fall on a few sets; the simulated caches take plain address bits, so addresses are hashed here:
    /// within blocks of 64 KiB, by a constant of the block. Neighbours stay in one row of DRAM and one page stays as near as it was.
    /// </summary>
    /// <param name="line">Number of the line.</param>
    /// <param name="lineBytes">Bytes of a line, a power of two.</param>
    public static ulong Spread(ulong line, int lineBytes)
    {
        int blockBits = BlockShift - int.Log2(lineBytes);
        return line ^ (((line >> blockBits) * Multiplier) >> (64 - blockBits));
    }

    /// <summary>Address of the line that holds a byte of an operand in a buffer.</summary>
    public static ulong BufferLine(ulong address, int lineBytes) =>
        Spread(address / (ulong)lineBytes, lineBytes) * (ulong)lineBytes;

    /// <summary>Adds the lines of a run of bytes of an operand in a buffer.</summary>
    public static void AddRun(WaveInstruction instruction, ulong start, long bytes, int lineBytes)
    {
        ulong last = (start + (ulong)bytes - 1) / (ulong)lineBytes;
        for (ulong line = start / (ulong)lineBytes; line <= last; line++)
        {
            instruction.AddLine(Spread(line, lineBytes) * (ulong)lineBytes);
        }
    }

    /// <summary>First byte of input slot 0, 1, ... or of one of the named slots.</summary>
    public static ulong Address(int slot) => ((ulong)(slot + 1) << SlotShift) + ((ulong)slot * Skew);
}
