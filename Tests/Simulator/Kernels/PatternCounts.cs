using FlashMem.Simulator.Compute;
using FlashMem.Simulator.Kernels.Patterns;

namespace FlashMem.Tests.Simulator.Kernels;

/// <summary>What all waves of a program do together, counted instruction by instruction.</summary>
internal sealed class PatternCounts
{
    private readonly Dictionary<WaveOp, long> amounts = [];

    private PatternCounts()
    {
    }

    /// <summary>Lines read from buffers.</summary>
    public HashSet<ulong> BufferReads { get; } = [];

    /// <summary>Lines written to buffers.</summary>
    public HashSet<ulong> BufferWrites { get; } = [];

    /// <summary>Tiles read from textures.</summary>
    public HashSet<ulong> Tiles { get; } = [];

    public static PatternCounts Of(IWaveProgram program)
    {
        var counts = new PatternCounts();
        var instruction = new WaveInstruction();
        for (long group = 0; group < program.Workgroups; group++)
        {
            for (int wave = 0; wave < program.WavesPerWorkgroup; wave++)
            {
                for (int index = 0; index < program.InstructionsPerWave; index++)
                {
                    program.Read(group, wave, index, instruction);
                    counts.Add(instruction);
                }
            }
        }

        return counts;
    }

    /// <summary>Sum of amount x items.</summary>
    public long this[WaveOp op] => amounts.GetValueOrDefault(op);

    /// <summary>Texels read, however often.</summary>
    public long Texels => this[WaveOp.TextureRead] / HalfElements.TexelSlotBytes;

    private void Add(WaveInstruction instruction)
    {
        if (instruction.Items == 0)
        {
            return;
        }

        amounts[instruction.Op] = this[instruction.Op] + ((long)instruction.Amount * instruction.Items);
        HashSet<ulong>? lines = instruction.Op switch
        {
            WaveOp.BufferRead => BufferReads,
            WaveOp.BufferWrite => BufferWrites,
            WaveOp.TextureRead => Tiles,
            _ => null,
        };
        foreach (ulong line in instruction.Lines)
        {
            lines?.Add(line);
        }
    }
}
