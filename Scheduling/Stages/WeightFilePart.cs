using System.Collections.Immutable;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Stages;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Stages;

/// <summary>
/// The part of a weight file that one stage reads: the chunks and rows of its weights under the stage's own numbers, where they lie in the
/// file. All stages read one file.
/// </summary>
public sealed record WeightFilePart
{
    /// <summary>The part as a layout; offsets are the file's. A stage that reads any parameter has the whole parameters block.</summary>
    public required WeightFileLayout Layout { get; init; }

    /// <summary>By index of the stage's weights: the index in the file's graph.</summary>
    public required ImmutableArray<int> Weights { get; init; }

    /// <summary>By id of the stage's chunks: the id in the file.</summary>
    public required ImmutableArray<int> Chunks { get; init; }

    /// <param name="whole">The file's layout.</param>
    /// <param name="stage">A stage of the file's graph.</param>
    public static WeightFilePart Of(WeightFileLayout whole, GraphStage stage)
    {
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(stage);
        var placements = new WeightPlacement?[stage.Weights.Length];
        var chunks = ImmutableArray.CreateBuilder<ChunkInfo>();
        var chunkIds = ImmutableArray.CreateBuilder<int>();

        // Chunks are numbered in order of first use, as in the file's own layout.
        IEnumerable<int> streamed = stage.Graph.Kernels.SelectMany(kernel => kernel.StreamedWeights());
        foreach (int weight in streamed.Concat(Enumerable.Range(0, placements.Length)))
        {
            if (placements[weight] is not null)
            {
                continue;
            }

            WeightPlacement placed = whole.Weights[stage.Weights[weight]];
            placements[weight] = placed with { Weight = weight, FirstChunk = placed.FirstChunk < 0 ? -1 : chunks.Count };
            for (int i = 0; i < placed.ChunkCount; i++)
            {
                chunkIds.Add(placed.FirstChunk + i);
                chunks.Add(whole.Chunks[placed.FirstChunk + i] with { Id = chunks.Count, Weight = weight });
            }
        }

        ImmutableArray<WeightPlacement> weights = [.. placements.Select(placement => placement!)];
        return new WeightFilePart
        {
            Layout = whole with
            {
                Chunks = chunks.ToImmutable(),
                Weights = weights,
                ParametersBytes = weights.Any(weight => weight.ParameterOffset >= 0) ? whole.ParametersBytes : 0,
                Hash = WeightFileLayout.HashOf(whole.TargetChunkBytes, chunks, weights, whole.DataBytes),
            },
            Weights = stage.Weights,
            Chunks = chunkIds.ToImmutable(),
        };
    }
}
