using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;

namespace FlashMem.Simulator.Pipelines;

/// <summary>
/// Demand Layering's pipelines (arXiv 2210.04024) over a table of layers: storage, copy engine and compute side by side, without the
/// contention that the simulated device models, so that their published recurrences can be checked to the picosecond.
/// </summary>
public static class DemandLayering
{
    /// <param name="kind">The pipeline.</param>
    /// <param name="layers">In order of execution.</param>
    /// <param name="spareBytes">Bytes of a ring beyond the largest layer; used by the asynchronous and the two-stage pipeline.</param>
    /// <exception cref="UsageException">There is no layer, or a figure is negative.</exception>
    public static PipelineResult Run(PipelineKind kind, IReadOnlyList<PipelineLayer> layers, long spareBytes = 0)
    {
        Require(layers, spareBytes);
        long largest = layers.Max(layer => layer.Bytes);
        long total = layers.Sum(layer => layer.Bytes);
        long ring = largest + spareBytes;
        return kind switch
        {
            PipelineKind.Preload => Result(Preload(layers), 2 * total),
            PipelineKind.Sequential => Result(Sequential(layers), 2 * largest),
            PipelineKind.Synchronous => Result(Synchronous(layers), 4 * largest),
            PipelineKind.Asynchronous => Result(new StagedPipeline(layers, new LayerRing(ring), new LayerRing(ring)).Run(), 2 * ring),
            PipelineKind.TwoStage => Result(new StagedPipeline(layers, new LayerRing(ring), null).Run(), ring),
            _ => throw new UsageException($"pipeline {kind} is not known"),
        };
    }

    private static long[] Preload(IReadOnlyList<PipelineLayer> layers)
    {
        // Copies follow reads layer by layer; kernels start when everything is there.
        long read = 0;
        long copied = 0;
        foreach (PipelineLayer layer in layers)
        {
            read += layer.Read;
            copied = Math.Max(copied, read) + layer.Copy;
        }

        return Chain(layers, copied, layer => layer.Kernel);
    }

    private static long[] Sequential(IReadOnlyList<PipelineLayer> layers) =>
        Chain(layers, 0, layer => layer.Read + layer.Copy + layer.Kernel);

    private static long[] Synchronous(IReadOnlyList<PipelineLayer> layers)
    {
        var ends = new long[layers.Count];
        long time = 0;
        for (int cycle = -2; cycle < layers.Count; cycle++)
        {
            long read = cycle + 2 < layers.Count ? layers[cycle + 2].Read : 0;
            long copy = cycle + 1 >= 0 && cycle + 1 < layers.Count ? layers[cycle + 1].Copy : 0;
            long kernel = cycle >= 0 ? layers[cycle].Kernel : 0;
            if (cycle >= 0)
            {
                ends[cycle] = time + kernel;
            }

            time += Math.Max(read, Math.Max(copy, kernel));
        }

        return ends;
    }

    private static long[] Chain(IReadOnlyList<PipelineLayer> layers, long start, Func<PipelineLayer, long> duration)
    {
        var ends = new long[layers.Count];
        for (int i = 0; i < layers.Count; i++)
        {
            start += duration(layers[i]);
            ends[i] = start;
        }

        return ends;
    }

    private static PipelineResult Result(long[] kernelEnds, long memoryBytes) =>
        new(kernelEnds[^1], memoryBytes, ImmutableArray.Create(kernelEnds));

    private static void Require(IReadOnlyList<PipelineLayer> layers, long spareBytes)
    {
        if (layers.Count == 0 || spareBytes < 0)
        {
            throw new UsageException($"a pipeline of {layers.Count} layers with {spareBytes} spare bytes makes no sense");
        }

        for (int i = 0; i < layers.Count; i++)
        {
            if (Math.Min(Math.Min(layers[i].Bytes, layers[i].Read), Math.Min(layers[i].Copy, layers[i].Kernel)) < 0)
            {
                throw new UsageException($"layer {i} has a negative figure: {layers[i]}");
            }
        }
    }
}
