using System.Collections.Immutable;

namespace FlashMem.Simulator.Pipelines;

/// <summary>What a pipeline took.</summary>
/// <param name="Delay">From the first read to the end of the last kernel, picoseconds.</param>
/// <param name="MemoryBytes">All buffers together: what the pipeline must be given.</param>
/// <param name="KernelEnds">End of every layer's kernel, picoseconds.</param>
public sealed record PipelineResult(long Delay, long MemoryBytes, ImmutableArray<long> KernelEnds);
