using FlashMem.Simulator.Memory;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>
/// What a pattern knows of the device that its kernel is tuned for: shapes and capacities, no bandwidth and no rate, so that a device with
/// more of these runs the same kernels, none of them slower.
/// </summary>
internal sealed record PatternTarget
{
    public required int WaveWidth { get; init; }

    public required int Cores { get; init; }

    public required int WavesPerCore { get; init; }

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
            Tiles = TextureTiles.Of(texture),
            BufferLineBytes = (int)(spec.Memory.BufferL1 ?? spec.Memory.L2).LineBytes.Value,
        };
    }
}
