namespace FlashMem.Simulator.Compute;

/// <summary>What a wave instruction does.</summary>
internal enum WaveOp
{
    /// <summary>Arithmetic: <see cref="WaveInstruction.Amount"/> multiply-adds per work-item (single precision).</summary>
    Fp32,

    /// <summary>Arithmetic in half precision.</summary>
    Fp16,

    /// <summary>Special functions per work-item.</summary>
    Special,

    /// <summary>Image read; Lines are tile keys of the texture cache.</summary>
    TextureRead,

    /// <summary>Buffer read; Lines are byte addresses of lines.</summary>
    BufferRead,

    /// <summary>Image write of Amount bytes per work-item.</summary>
    TextureWrite,

    /// <summary>Buffer write; Lines are byte addresses of lines.</summary>
    BufferWrite,

    /// <summary>Waits for all reads of the wave.</summary>
    WaitLoads,

    /// <summary>Waits for all waves of the workgroup.</summary>
    Barrier,
}

/// <summary>One instruction of one wave, filled in by a <see cref="IWaveProgram"/> and reused.</summary>
internal sealed class WaveInstruction
{
    private ulong[] lines = new ulong[128];

    public WaveOp Op { get; set; }

    /// <summary>Operations or bytes per work-item; see <see cref="WaveOp"/>.</summary>
    public int Amount { get; set; }

    /// <summary>Work-items of the wave that take part.</summary>
    public int Items { get; set; }

    /// <summary>Loads of the wave that may still be in flight when it issues; -1 for no limit. This is how a loop's pipelining is told.</summary>
    public int MaxInFlight { get; set; } = -1;

    /// <summary>Lines accessed, in order, coalesced over the wave.</summary>
    public ReadOnlySpan<ulong> Lines => lines.AsSpan(0, LineCount);

    public int LineCount { get; private set; }

    public void Set(WaveOp op, int amount, int items, int maxInFlight = -1)
    {
        (Op, Amount, Items, MaxInFlight, LineCount) = (op, amount, items, maxInFlight, 0);
    }

    /// <summary>Adds a line unless it equals the one before it.</summary>
    public void AddLine(ulong line)
    {
        if (LineCount > 0 && lines[LineCount - 1] == line)
        {
            return;
        }

        if (LineCount == lines.Length)
        {
            Array.Resize(ref lines, 2 * lines.Length);
        }

        lines[LineCount++] = line;
    }
}
