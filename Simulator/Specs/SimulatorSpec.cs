using FlashMem.Abstractions.Devices;

namespace FlashMem.Simulator.Specs;

/// <summary>
/// Everything the simulator knows of a device, read from JSON (schema <c>flashmem.sim/1</c>). Every number is a <see cref="Figure"/> with
/// its kind and source. Sizes in bytes, times in seconds, bandwidths in bytes per second, clocks in hertz, rates as their unit says.
/// </summary>
public sealed record SimulatorSpec
{
    public const string Schema = "flashmem.sim/1";

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required StorageSpec Storage { get; init; }

    public required MemorySpec Memory { get; init; }

    public required ComputeSpec Compute { get; init; }

    public required CapabilitySpec Capabilities { get; init; }
}

/// <summary>
/// Storage as a queue: a request occupies it for latency / queueDepth + bytes / bandwidth and takes latency + bytes / bandwidth when alone.
/// </summary>
public sealed record StorageSpec
{
    public required Figure Latency { get; init; }

    /// <summary>Of large requests, with a full queue.</summary>
    public required Figure Bandwidth { get; init; }

    /// <summary>Requests that it works on at one time.</summary>
    public required Figure QueueDepth { get; init; }
}

/// <summary>The memory hierarchy seen from the GPU. Null caches do not exist on the device.</summary>
public sealed record MemorySpec
{
    public required DramSpec Dram { get; init; }

    public CacheSpec? SystemCache { get; init; }

    public required CacheSpec L2 { get; init; }

    /// <summary>Per shader core; only image reads use it.</summary>
    public required TextureCacheSpec TextureL1 { get; init; }

    /// <summary>Per shader core, for buffers; null where they start at L2 (Adreno).</summary>
    public CacheSpec? BufferL1 { get; init; }

    /// <summary>Of a buffer access between the core and its first cache, both ways; the caches add their own.</summary>
    public required Figure BufferLatency { get; init; }

    /// <summary>Writes of texels from one shader core, bytes per clock.</summary>
    public required Figure TextureWrite { get; init; }

    public required TlbSpec Tlb { get; init; }

    /// <summary>Copies from unified to texture memory by the transfer queue, bytes per second with nothing beside them.</summary>
    public required Figure CopyBandwidth { get; init; }
}

/// <summary>DRAM behind all clients.</summary>
public sealed record DramSpec
{
    public required Figure Channels { get; init; }

    public required Figure BanksPerChannel { get; init; }

    public required Figure RowBytes { get; init; }

    public required Figure BurstBytes { get; init; }

    /// <summary>Of the bus, all channels together.</summary>
    public required Figure PeakBandwidth { get; init; }

    /// <summary>Most that the GPU alone gets.</summary>
    public required Figure GpuBandwidth { get; init; }

    /// <summary>From leaving the last cache to the data's return, row open.</summary>
    public required Figure RowHitLatency { get; init; }

    /// <summary>Additional time of a row that must be opened.</summary>
    public required Figure RowMissPenalty { get; init; }
}

/// <summary>A cache of lines, sets and ways with least-recently-used replacement.</summary>
public sealed record CacheSpec
{
    public required Figure Size { get; init; }

    public required Figure LineBytes { get; init; }

    public required Figure Ways { get; init; }

    /// <summary>Of all its ports together, bytes per clock of the shader cores.</summary>
    public required Figure BytesPerClock { get; init; }

    /// <summary>Added by this level to a load that reaches it, hit or miss.</summary>
    public required Figure Latency { get; init; }

    /// <summary>
    /// Lines on their way that a cache shared by the cores follows; misses beyond them are read past it and take no place in it. Null: as
    /// many as there are. Of no meaning in caches of one core.
    /// </summary>
    public Figure? MissEntries { get; init; }
}

/// <summary>A texture cache: lines are tiles of texels of a 2D image.</summary>
public sealed record TextureCacheSpec
{
    public required Figure Size { get; init; }

    /// <summary>Bytes fetched from L2 on a miss: one tile.</summary>
    public required Figure LineBytes { get; init; }

    /// <summary>Texels of a tile along x for texels of 16 bytes; the rest of the line runs along y.</summary>
    public required Figure TileWidth { get; init; }

    public required Figure Ways { get; init; }

    /// <summary>Per shader core.</summary>
    public required Figure BytesPerClock { get; init; }

    /// <summary>Of a hit, from issue to use.</summary>
    public required Figure Latency { get; init; }
}

/// <summary>Address translation: accesses within the reach cost nothing, a page beyond it costs the penalty.</summary>
public sealed record TlbSpec
{
    public required Figure Reach { get; init; }

    public required Figure PageBytes { get; init; }

    public required Figure MissPenalty { get; init; }
}

/// <summary>Shader cores (Adreno: micro SPs; Mali: cores).</summary>
public sealed record ComputeSpec
{
    public required Figure Cores { get; init; }

    public required Figure Clock { get; init; }

    /// <summary>Work-items of a wave.</summary>
    public required Figure WaveWidth { get; init; }

    /// <summary>Waves resident on one core at most.</summary>
    public required Figure WavesPerCore { get; init; }

    /// <summary>Multiply-adds per clock and core in single precision.</summary>
    public required Figure Fp32PerClock { get; init; }

    /// <summary>Multiply-adds per clock and core in half precision.</summary>
    public required Figure Fp16PerClock { get; init; }

    /// <summary>Special functions (exp, rsqrt) per clock and core.</summary>
    public required Figure SpecialPerClock { get; init; }

    /// <summary>Wave instructions that a core issues per clock.</summary>
    public required Figure IssuePerClock { get; init; }

    /// <summary>From the end of a kernel to the start of the next one in the queue.</summary>
    public required Figure LaunchLatency { get; init; }

    /// <summary>The host waiting for the device to finish.</summary>
    public required Figure SynchronizationLatency { get; init; }
}

/// <summary>What the device can do, as in <see cref="DeviceCapabilities"/>.</summary>
public sealed record CapabilitySpec
{
    public required bool ZeroCopy { get; init; }

    public required bool Images { get; init; }

    public required int MaxImageSize { get; init; }

    public required bool HalfArithmetic { get; init; }

    public required int PanelWidth { get; init; }

    public required int DepthInterleave { get; init; }

    public required CarriedMoves CarriedMoves { get; init; }
}
