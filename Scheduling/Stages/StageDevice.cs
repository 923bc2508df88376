using System.Collections.Immutable;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Stages;

/// <summary>What choosing cuts knows of one device: what each kernel of the whole graph takes there and what it must read.</summary>
public sealed record StageDevice
{
    /// <summary>By kernel: predicted milliseconds on the idle device.</summary>
    public required ImmutableArray<double> KernelMs { get; init; }

    /// <summary>By kernel: bytes of embedding rows that storage fetches for it in every run.</summary>
    public required ImmutableArray<long> FetchBytes { get; init; }

    /// <summary>By weight: bytes of its chunks; 0 for those that are always resident or read by row.</summary>
    public required ImmutableArray<long> WeightBytes { get; init; }

    public required PlanRates Rates { get; init; }

    /// <summary>Kernels read what storage has read; else the bytes are copied to the device's own memory as well.</summary>
    public required bool ZeroCopy { get; init; }

    /// <summary>Bytes of chunks that may stay resident between runs; null for all.</summary>
    public required long? RetainableBytes { get; init; }

    /// <summary>The device as a problem of the whole graph shows it.</summary>
    /// <param name="graph">The whole graph.</param>
    /// <param name="problem">Its problem there with everything resident, so every kernel is one step or a few.</param>
    /// <param name="budgetBytes">
    /// The stage's budget; null for none. What is left for chunks is reckoned with the activations of the whole graph, those of a stage
    /// being unknown before it is cut: they are at most as large, but for what crosses.
    /// </param>
    public static StageDevice Of(KernelGraph graph, PlanProblem problem, long? budgetBytes)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(problem);
        var kernelMs = new double[graph.Kernels.Length];
        var fetchBytes = new long[graph.Kernels.Length];
        foreach (ProblemStep step in problem.Steps)
        {
            kernelMs[step.Kernel] += step.ComputeMs;
            fetchBytes[step.Kernel] = step.FetchBytes;
        }

        var weightBytes = new long[graph.Weights.Length];
        foreach (ProblemChunk chunk in problem.Chunks)
        {
            weightBytes[chunk.Weight] += chunk.Bytes;
        }

        return new StageDevice
        {
            KernelMs = [.. kernelMs],
            FetchBytes = [.. fetchBytes],
            WeightBytes = [.. weightBytes],
            Rates = problem.Rates,
            ZeroCopy = problem.ZeroCopy,
            RetainableBytes = budgetBytes is { } budget ? Math.Max(0, budget - problem.FixedBytes - problem.StagingFloorBytes) : null,
        };
    }

    /// <summary>
    /// Milliseconds that a repeated run of a stage takes at least: the longest of its kernels, its reads and its copies, none of them
    /// waiting for another.
    /// </summary>
    /// <param name="computeMs">Sum of its kernels.</param>
    /// <param name="weightBytes">Chunks of its weights.</param>
    /// <param name="fetchBytes">Rows fetched.</param>
    public double StageMs(double computeMs, long weightBytes, long fetchBytes)
    {
        long streamed = fetchBytes + (RetainableBytes is { } retained ? Math.Max(0, weightBytes - retained) : 0);
        return Math.Max(Math.Max(computeMs, Rates.StorageMs(streamed)), ZeroCopy ? 0 : Rates.TransferMs(streamed));
    }
}
