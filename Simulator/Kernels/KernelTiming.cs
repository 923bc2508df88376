using FlashMem.Abstractions.Time;

namespace FlashMem.Simulator.Kernels;

/// <summary>What one launch costs when nothing else uses the memory.</summary>
/// <param name="Alone">From its start to its end; the launch itself not included.</param>
/// <param name="DramReadBytes">Read from DRAM.</param>
/// <param name="DramWriteBytes">Written to DRAM.</param>
/// <param name="L2Bytes">Requested from L2.</param>
/// <param name="TextureBytes">Delivered by texture caches, 16 for every texel (their pipes deliver texels, whatever the size).</param>
/// <param name="BoundBy">What limits it: compute, issue, texture, l2, dram or latency; for reports.</param>
public sealed record KernelTiming(
    DeviceTime Alone, long DramReadBytes, long DramWriteBytes, long L2Bytes, long TextureBytes, string BoundBy)
{
    /// <summary>Shader cores that had at least one workgroup.</summary>
    public int Cores { get; init; }

    public long DramBytes => DramReadBytes + DramWriteBytes;
}
