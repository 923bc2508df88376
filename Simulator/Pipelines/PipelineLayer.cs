namespace FlashMem.Simulator.Pipelines;

/// <summary>One layer of a pipeline; durations in picoseconds.</summary>
/// <param name="Bytes">Its weights; 0 for a layer without, which is neither read nor copied.</param>
/// <param name="Read">Storage to host memory.</param>
/// <param name="Copy">Host to device memory.</param>
/// <param name="Kernel">Its computation.</param>
public readonly record struct PipelineLayer(long Bytes, long Read, long Copy, long Kernel);
