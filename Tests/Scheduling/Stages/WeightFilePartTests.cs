using System.Collections.Immutable;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Stages;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Stages;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling.Stages;

/// <summary>Every stage finds its weights where the one weight file has them.</summary>
public sealed class WeightFilePartTests
{
    [Property(MaxTest = 100)]
    public void Chunks_rows_and_parameters_stay_where_they_are_in_the_file(int seed, byte count)
    {
        var model = new SyntheticModel(seed, 4 + (seed & 15));
        WeightFileLayout whole = model.Layout;
        foreach (GraphStage stage in GraphStages.Cut(model.Graph, Cuts.Random(model.Graph.Kernels.Length, count, seed)))
        {
            var part = WeightFilePart.Of(whole, stage);
            Assert.Equal(part.Chunks.Length, part.Layout.Chunks.Length);
            Assert.Equal((whole.DataBytes, whole.ParametersOffset), (part.Layout.DataBytes, part.Layout.ParametersOffset));
            for (int id = 0; id < part.Chunks.Length; id++)
            {
                ChunkInfo chunk = part.Layout.Chunks[id];
                ChunkInfo file = whole.Chunks[part.Chunks[id]];
                Assert.Equal(file with { Id = id, Weight = chunk.Weight }, chunk);
                Assert.Equal(file.Weight, part.Weights[chunk.Weight]);
            }

            for (int weight = 0; weight < part.Weights.Length; weight++)
            {
                WeightPlacement placed = part.Layout.Weights[weight];
                WeightPlacement file = whole.Weights[part.Weights[weight]];
                Assert.Equal(file with { Weight = weight, FirstChunk = placed.FirstChunk }, placed);
                Assert.Equal(file.FirstChunk < 0, placed.FirstChunk < 0);
                Assert.All(
                    Enumerable.Range(0, placed.ChunkCount),
                    i => Assert.Equal(file.FirstChunk + i, part.Chunks[placed.FirstChunk + i]));
            }

            bool hasParameters = part.Layout.Weights.Any(placed => placed.ParameterOffset >= 0);
            Assert.Equal(hasParameters ? whole.ParametersBytes : 0, part.Layout.ParametersBytes);
        }
    }

    [Fact]
    public void Parts_of_one_file_have_hashes_of_their_own()
    {
        var model = new SyntheticModel(3, 12);
        ImmutableArray<GraphStage> stages = GraphStages.Cut(model.Graph, [0, 6]);

        string[] hashes = [model.Layout.Hash, .. stages.Select(stage => WeightFilePart.Of(model.Layout, stage).Layout.Hash)];

        Assert.Equal(3, hashes.Distinct().Count());
        Assert.Equal(2, stages.Select(stage => stage.Graph.ModelHash).Distinct().Count());
        Assert.All(stages, stage => Assert.All(stage.Graph.Weights, weight => Assert.IsType<KernelWeight>(weight)));
    }
}
