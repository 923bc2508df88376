using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Problem;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling;

public class WeightFileLayoutTests
{
    private const long Target = 8192;

    [Property]
    public void Every_byte_of_every_weight_has_one_aligned_place(NonEmptyArray<int> numbers)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get);
        WeightFileLayout layout = WeightFileLayout.Compute(graph, Target);
        var ranges = new List<(long Start, long End)>();
        foreach (KernelWeight weight in graph.Weights)
        {
            WeightPlacement placement = layout.Weights[weight.Id];
            Assert.Equal(weight.Id, placement.Weight);
            if (placement.FirstChunk < 0)
            {
                Assert.Equal(0, placement.FileOffset % (placement.ParameterOffset >= 0 ? 64 : 4096));
                ranges.Add((placement.FileOffset, placement.FileOffset + weight.Storage.Bytes));
                continue;
            }

            ChunkInfo[] chunks = [.. layout.Chunks.Skip(placement.FirstChunk).Take(placement.ChunkCount)];
            Assert.Equal(weight.Storage.Bytes, chunks.Sum(chunk => (long)chunk.Bytes));
            Assert.Equal(placement.FileOffset, chunks[0].FileOffset);
            Assert.All(chunks, chunk => Assert.True(chunk.Weight == weight.Id && chunk.FileOffset % 4096 == 0));
            ranges.AddRange(chunks.Select(chunk => (chunk.FileOffset, chunk.FileOffset + chunk.SlotBytes)));
            if (weight.Storage is PanelWeight panel)
            {
                CheckPanels(panel.Layout, placement, chunks);
            }
        }

        ranges.Sort();
        Assert.All(ranges.Zip(ranges.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
        Assert.True(ranges.Count == 0 || ranges[^1].End <= layout.DataBytes);
        Assert.Equal(0, layout.DataBytes % 4096);
    }

    [Property]
    public void Chunk_ids_follow_first_use(NonEmptyArray<int> numbers)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Get);
        WeightFileLayout layout = WeightFileLayout.Compute(graph, Target);
        int next = 0;
        foreach (KernelNode kernel in graph.Kernels)
        {
            foreach (int weight in kernel.StreamedWeights())
            {
                WeightPlacement placement = layout.Weights[weight];
                if (placement.FirstChunk >= next)
                {
                    Assert.Equal(next, placement.FirstChunk);
                    next += placement.ChunkCount;
                }
            }
        }

        Assert.Equal(layout.Chunks.Length, next);
    }

    [Property]
    public void Equal_graphs_give_equal_layouts(NonEmptyArray<int> numbers)
    {
        WeightFileLayout first = WeightFileLayout.Compute(GraphRecipe.Build(numbers.Get), Target);
        WeightFileLayout second = WeightFileLayout.Compute(GraphRecipe.Build(numbers.Get), Target);
        Assert.Equal(first.Hash, second.Hash);
        Assert.Equal(first.Chunks, second.Chunks);
        Assert.Equal(first.Weights, second.Weights);
        Assert.NotEqual(first.Hash, WeightFileLayout.Compute(GraphRecipe.Build(numbers.Get), Target * 2).Hash);
    }

    [Theory]
    [InlineData(4095)]
    [InlineData(1L << 31)]
    public void A_chunk_size_that_no_read_can_have_is_refused(long target)
    {
        var error = Assert.Throws<UsageException>(() => WeightFileLayout.Compute(GraphRecipe.Build([1]), target));
        Assert.Contains($"{target}", error.Message);
    }

    private static void CheckPanels(PanelLayout layout, WeightPlacement placement, ChunkInfo[] chunks)
    {
        int next = 0;
        for (int i = 0; i < chunks.Length; i++)
        {
            Assert.Equal(i, chunks[i].Index);
            Assert.Equal(next, chunks[i].Panels.Start);
            Assert.Equal(chunks[i].Panels.Count * layout.PanelBytes, chunks[i].Bytes);
            Assert.True(chunks[i].Panels.Count == placement.PanelsPerChunk || i == chunks.Length - 1);
            Assert.True(chunks[i].Bytes <= Target || chunks[i].Panels.Count == 1);
            next = chunks[i].Panels.End;
        }

        Assert.Equal(layout.PanelCount, next);
    }
}
