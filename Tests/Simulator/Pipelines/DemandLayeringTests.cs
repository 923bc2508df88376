using FlashMem.Abstractions.Errors;
using FlashMem.Simulator.Pipelines;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Simulator.Pipelines;

/// <summary>Demand Layering's pipelines against their recurrences, to the picosecond.</summary>
public sealed class DemandLayeringTests
{
    [Property]
    public void Sequential_is_the_sum_of_all_stages(int seed)
    {
        PipelineLayer[] layers = Layers(seed);

        Assert.Equal(
            layers.Sum(layer => layer.Read + layer.Copy + layer.Kernel),
            DemandLayering.Run(PipelineKind.Sequential, layers).Delay);
    }

    [Property]
    public void Synchronous_is_the_sum_of_the_longest_stages(int seed)
    {
        PipelineLayer[] layers = Layers(seed);
        PipelineLayer At(int index) => index >= 0 && index < layers.Length ? layers[index] : default;

        long expected = Enumerable.Range(-2, layers.Length + 2)
            .Sum(j => Math.Max(At(j + 2).Read, Math.Max(At(j + 1).Copy, At(j).Kernel)));

        Assert.Equal(expected, DemandLayering.Run(PipelineKind.Synchronous, layers).Delay);
    }

    [Property]
    public void Asynchronous_follows_the_recurrence_with_two_rings(int seed) =>
        FollowsTheRecurrence(PipelineKind.Asynchronous, seed, copies: true);

    [Property]
    public void Two_stage_follows_the_recurrence_with_one_ring(int seed) =>
        FollowsTheRecurrence(PipelineKind.TwoStage, seed, copies: false);

    [Property]
    public void A_ring_that_holds_everything_is_as_fast_as_its_slowest_stage_allows(int seed)
    {
        PipelineLayer[] layers = Layers(seed);
        long total = layers.Sum(layer => layer.Bytes);

        long[] read = [.. Sums(layers.Select(layer => layer.Read))];
        long bound = Enumerable.Range(0, layers.Length).Max(i => read[i] + layers.Skip(i).Sum(layer => layer.Kernel));

        Assert.Equal(bound, DemandLayering.Run(PipelineKind.TwoStage, layers, total).Delay);
    }

    [Property]
    public void Pipelines_that_overlap_more_are_never_slower(int seed)
    {
        PipelineLayer[] layers = Layers(seed);
        long total = layers.Sum(layer => layer.Bytes);
        long Delay(PipelineKind kind, long spare = 0) => DemandLayering.Run(kind, layers, spare).Delay;

        Assert.True(Delay(PipelineKind.Synchronous) <= Delay(PipelineKind.Sequential));
        Assert.True(Delay(PipelineKind.Asynchronous, total) <= Delay(PipelineKind.Synchronous));
        Assert.True(Delay(PipelineKind.Asynchronous, total) <= Delay(PipelineKind.Preload));
        Assert.True(Delay(PipelineKind.Asynchronous) <= Delay(PipelineKind.Sequential));
        Assert.True(Delay(PipelineKind.Asynchronous, total) <= Delay(PipelineKind.Asynchronous));
    }

    [Fact]
    public void Memory_is_what_the_buffers_take()
    {
        PipelineLayer[] layers = [new(100, 1, 1, 1), new(40, 1, 1, 1)];

        Assert.Equal(280, DemandLayering.Run(PipelineKind.Preload, layers).MemoryBytes);
        Assert.Equal(200, DemandLayering.Run(PipelineKind.Sequential, layers).MemoryBytes);
        Assert.Equal(400, DemandLayering.Run(PipelineKind.Synchronous, layers).MemoryBytes);
        Assert.Equal(220, DemandLayering.Run(PipelineKind.Asynchronous, layers, 10).MemoryBytes);
        Assert.Equal(110, DemandLayering.Run(PipelineKind.TwoStage, layers, 10).MemoryBytes);
    }

    [Fact]
    public void Nothing_to_run_and_negative_figures_are_refused()
    {
        Assert.Throws<UsageException>(() => DemandLayering.Run(PipelineKind.Sequential, []));
        var error = Assert.Throws<UsageException>(() => DemandLayering.Run(PipelineKind.TwoStage, [new(1, 1, 1, 1), new(1, -1, 1, 1)]));
        Assert.Contains("layer 1", error.Message, StringComparison.Ordinal);
    }

    private static void FollowsTheRecurrence(PipelineKind kind, int seed, bool copies)
    {
        PipelineLayer[] layers = Layers(seed);
        long spare = new Random(seed).Next(0, 300);

        Assert.Equal(
            Recurrence(layers, layers.Max(layer => layer.Bytes) + spare, copies), DemandLayering.Run(kind, layers, spare).KernelEnds);
    }

    /// <summary>
    /// Start times by what each layer's place in the rings has to wait for: places follow from the sizes alone, and a layer waits for every
    /// one before it whose place it overlaps.
    /// </summary>
    private static long[] Recurrence(PipelineLayer[] layers, long ring, bool copies)
    {
        int n = layers.Length;
        var start = new long[n];
        for (int i = 0; i < n; i++)
        {
            long after = i == 0 ? 0 : start[i - 1] + layers[i - 1].Bytes;
            start[i] = after + layers[i].Bytes <= ring ? after : 0;
        }

        bool Overlap(int a, int b) => start[a] < start[b] + layers[b].Bytes && start[b] < start[a] + layers[a].Bytes;
        long[] read = new long[n], copied = new long[n], ends = new long[n];
        for (int i = 0; i < n; i++)
        {
            long room = 0;
            long deviceRoom = 0;
            for (int j = 0; j < i; j++)
            {
                room = Overlap(i, j) ? Math.Max(room, copies ? copied[j] : ends[j]) : room;
                deviceRoom = Overlap(i, j) ? Math.Max(deviceRoom, ends[j]) : deviceRoom;
            }

            read[i] = Math.Max(i == 0 ? 0 : read[i - 1], room) + layers[i].Read;
            copied[i] = copies
                ? Math.Max(Math.Max(i == 0 ? 0 : copied[i - 1], read[i]), deviceRoom) + layers[i].Copy
                : read[i];
            ends[i] = Math.Max(i == 0 ? 0 : ends[i - 1], copied[i]) + layers[i].Kernel;
        }

        return ends;
    }

    private static IEnumerable<long> Sums(IEnumerable<long> values)
    {
        long sum = 0;
        foreach (long value in values)
        {
            yield return sum += value;
        }
    }

    private static PipelineLayer[] Layers(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => random.Next(5) == 0
            ? new PipelineLayer(0, 0, 0, random.Next(0, 50))
            : new PipelineLayer(random.Next(1, 200), random.Next(0, 100), random.Next(0, 50), random.Next(0, 100)))];
    }
}
