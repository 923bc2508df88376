using FlashMem.Simulator.Memory;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>
/// What a pattern knows of the device that its kernel is tuned for. Rates per clock are those of one core. The bandwidth of L2 is not part of
/// it: see <see cref="ProductTiles"/>.
/// </summary>
internal sealed record PatternTarget
{
    public required int WaveWidth { get; init; }

    public required int Cores { get; init; }

    public required int WavesPerCore { get; init; }

    public required double Fp16PerClock { get; init; }

    public required double TextureBytesPerClock { get; init; }

    /// <summary>Clocks from a texture read that hits to its use.</summary>
    public required double TextureLatencyClocks { get; init; }

    public required TextureTiles Tiles { get; init; }

    /// <summary>Bytes of a line of the first cache that buffers meet.</summary>
    public required int BufferLineBytes { get; init; }

    public static PatternTarget Of(SimulatorSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ComputeSpec compute = spec.Compute;
        TextureCacheSpec texture = spec.Memory.TextureL1;
        return new PatternTarget
        {
            WaveWidth = (int)compute.WaveWidth.Value,
            Cores = (int)compute.Cores.Value,
            WavesPerCore = (int)compute.WavesPerCore.Value,
            Fp16PerClock = compute.Fp16PerClock.Value,
            TextureBytesPerClock = texture.BytesPerClock.Value,
            TextureLatencyClocks = texture.Latency.Value * compute.Clock.Value,
            Tiles = TextureTiles.Of(texture),
            BufferLineBytes = (int)(spec.Memory.BufferL1 ?? spec.Memory.L2).LineBytes.Value,
        };
    }
}
