using FlashMem.Simulator.Memory;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Compute.MicroKernels;

/// <summary>
/// ArchProbe's read bandwidth test, for a one-dimensional image or a buffer of 16-byte elements: 1024 work-items of a workgroup read 64
/// elements each, those of one step side by side, at addresses masked to a range; workgroups follow each other in the unmasked range.
/// At the end every workgroup writes its sums to the same 16 KiB.
/// </summary>
internal sealed class BandwidthProgram : IWaveProgram
{
    private const int ElementBytes = 16;

    private const int GroupItems = 1024;

    private const int Reads = 64;

    private const ulong ResultAddress = 1UL << 40;

    /// <summary>Reads in flight per wave: the sixteen of an unrolled iteration share the registers that 1024 work-items leave.</summary>
    private const int InFlight = 4;

    private readonly int waveWidth;
    private readonly int bufferLine;
    private readonly TiledImage? image;
    private readonly long mask;

    private BandwidthProgram(SimulatorSpec spec, long rangeBytes, bool fromImage)
    {
        waveWidth = Quantities.Count(spec.Compute.WaveWidth, "compute.waveWidth");
        bufferLine = (int)Quantities.Bytes((spec.Memory.BufferL1 ?? spec.Memory.L2).LineBytes, "memory.l2.lineBytes");
        long elements = rangeBytes / ElementBytes;
        if (elements < 1 || !long.IsPow2(elements))
        {
            throw new ArgumentOutOfRangeException(nameof(rangeBytes), rangeBytes, "a power of two of at least 16 bytes");
        }

        mask = elements - 1;
        image = fromImage ? new TiledImage(TextureTiles.Of(spec.Memory.TextureL1), 0, elements, ElementBytes) : null;
        WavesPerWorkgroup = GroupItems / waveWidth;
    }

    /// <summary>As ArchProbe: 128 MiB of reads per compute unit that OpenCL reports (2), four times.</summary>
    public long Workgroups => 1024;

    public int WavesPerWorkgroup { get; }

    /// <summary>The unrolled reads need more than half of the registers that workgroups of this size can have.</summary>
    public int MostWorkgroupsPerCore => 1;

    public int InstructionsPerWave => Reads + 2;

    /// <summary>Bytes that the whole launch reads.</summary>
    public long BytesRead => Workgroups * GroupItems * Reads * ElementBytes;

    public static BandwidthProgram OfImage(SimulatorSpec spec, long rangeBytes) => new(spec, rangeBytes, fromImage: true);

    public static BandwidthProgram OfBuffer(SimulatorSpec spec, long rangeBytes) => new(spec, rangeBytes, fromImage: false);

    public void Read(long workgroup, int wave, int index, WaveInstruction instruction)
    {
        long first = (long)wave * waveWidth;
        if (index == Reads)
        {
            instruction.Set(WaveOp.WaitLoads, 0, waveWidth);
        }
        else if (index > Reads)
        {
            instruction.Set(WaveOp.BufferWrite, ElementBytes, waveWidth);
            AddBufferLines(instruction, ResultAddress + (ulong)(first * ElementBytes));
        }
        else
        {
            instruction.Set(image is null ? WaveOp.BufferRead : WaveOp.TextureRead, ElementBytes, waveWidth, InFlight - 1);
            long element = (workgroup * GroupItems * Reads) + ((long)index * GroupItems) + first;
            for (int item = 0; item < waveWidth; item++)
            {
                long at = (element + item) & mask;
                instruction.AddLine(image?.Key(at, 0) ?? (ulong)(at * ElementBytes) / (ulong)bufferLine * (ulong)bufferLine);
            }
        }
    }

    private void AddBufferLines(WaveInstruction instruction, ulong address)
    {
        for (ulong at = address; at < address + (ulong)(waveWidth * ElementBytes); at += (ulong)bufferLine)
        {
            instruction.AddLine(at);
        }
    }
}
