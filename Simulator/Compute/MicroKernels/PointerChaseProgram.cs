using FlashMem.Simulator.Memory;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Compute.MicroKernels;

/// <summary>
/// ArchProbe's image pointer chase: one work-item reads texels of 16 bytes of a one-dimensional image, each giving the position of the
/// next, which lies a stride further, modulo the range.
/// </summary>
internal sealed class PointerChaseProgram : IWaveProgram
{
    private const int TexelBytes = 16;

    private readonly TiledImage image;
    private readonly long texels;
    private readonly long stride;

    /// <param name="spec">The device.</param>
    /// <param name="rangeBytes">Bytes walked, a multiple of 16.</param>
    /// <param name="strideBytes">Distance of successive reads, a multiple of 16.</param>
    /// <param name="reads">Reads of the launch.</param>
    public PointerChaseProgram(SimulatorSpec spec, long rangeBytes, long strideBytes, int reads)
    {
        (texels, stride) = (rangeBytes / TexelBytes, strideBytes / TexelBytes);
        image = new TiledImage(TextureTiles.Of(spec.Memory.TextureL1), 0, texels, TexelBytes);
        InstructionsPerWave = reads;
    }

    public long Workgroups => 1;

    public int WavesPerWorkgroup => 1;

    public int MostWorkgroupsPerCore => 1;

    public int InstructionsPerWave { get; }

    /// <summary>Reads after which the walk has come back to its start.</summary>
    public static long Period(long rangeBytes, long strideBytes)
    {
        (long a, long b) = (rangeBytes, strideBytes);
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return rangeBytes / a;
    }

    public void Read(long workgroup, int wave, int index, WaveInstruction instruction)
    {
        instruction.Set(WaveOp.TextureRead, TexelBytes, 1, maxInFlight: 0);
        instruction.AddLine(image.Key((long)((Int128)index * stride % texels), 0));
    }
}
