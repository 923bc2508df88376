using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Stages;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Stages;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling.Stages;

/// <summary>Chosen cuts against every cut there is, reckoned anew from the graph's own stages.</summary>
public sealed class StageCutterTests
{
    [Property(MaxTest = 150)]
    public void The_choice_is_the_best_of_all_cuts(int[] numbers, byte count, int seed)
    {
        KernelGraph graph = GraphRecipe.Build(numbers.Append(1).Take(9));
        StageDevice[] devices = Devices(graph, Math.Min(graph.Kernels.Length, 1 + (count % 4)), seed);
        (double SlowestMs, long Bytes)[] all =
            [.. All(graph.Kernels.Length, devices.Length).Select(starts => Figures(graph, devices, starts))];
        double best = all.Min(cut => cut.SlowestMs);
        long fewest = all.Where(cut => cut.SlowestMs == best).Min(cut => cut.Bytes);

        StageCut chosen = StageCutter.Choose(graph, devices);

        Assert.True(best == chosen.SlowestMs, $"{chosen.SlowestMs} ms, the best of {all.Length} cuts takes {best}");
        Assert.Equal(fewest, chosen.CrossingBytes);
        Assert.Equal((chosen.SlowestMs, chosen.CrossingBytes), Figures(graph, devices, chosen.Starts));
    }

    [Fact]
    public void A_device_twice_as_fast_gets_about_twice_the_kernels()
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((256, 256), 30)], rows: 64);
        StageDevice slow = Device(graph, null, 1, 1e12);
        StageDevice fast = slow with { KernelMs = [.. slow.KernelMs.Select(ms => ms / 2)] };

        StageCut cut = StageCutter.Choose(graph, [slow, fast]);

        Assert.Equal([0, 10], cut.Starts);
        Assert.Equal(cut.StageMs[0], cut.StageMs[1], 1e-9);
    }

    /// <summary>A kernel takes 1 ms; its weight of 8 KiB, where it does not stay, 2 ms of storage.</summary>
    [Theory]
    [InlineData(false, false, 5)]
    [InlineData(true, true, 5)]
    [InlineData(false, true, 7)]
    [InlineData(true, false, 3)]
    public void What_a_budget_cannot_keep_counts_as_time_of_storage(bool firstReads, bool secondReads, int start)
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((64, 64), 10)]);
        StageDevice keeps = Device(graph, null, 1, 4.096e6) with { KernelMs = [.. graph.Kernels.Select(_ => 1.0)] };
        StageDevice reads = keeps with { RetainableBytes = 0 };

        StageCut cut = StageCutter.Choose(graph, [firstReads ? reads : keeps, secondReads ? reads : keeps]);

        Assert.Equal([0, start], cut.Starts);
    }

    [Fact]
    public void More_stages_than_kernels_are_refused_with_both_numbers()
    {
        KernelGraph graph = Chains.MatMuls([(64, 64), (64, 64)]);
        StageDevice device = Device(graph, null, 1, 1e9);

        string message = Assert.Throws<UsageException>(() => StageCutter.Choose(graph, [device, device, device])).Message;

        Assert.Contains("2 kernels", message, StringComparison.Ordinal);
        Assert.Contains("3 stages", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Figures_of_a_device_are_those_of_its_problem()
    {
        KernelGraph graph = Chains.MatMuls([(256, 256), (256, 512), (512, 64)]);
        PlanProblem problem = Problems.Create(graph, FlashMem.Scheduling.Plans.PlanPolicy.Preload, null);
        const long Budget = 400_000;

        var device = StageDevice.Of(graph, problem, Budget);

        Assert.Equal(problem.Steps.Select(step => step.ComputeMs), device.KernelMs);
        Assert.Equal(graph.Weights.Select(weight => weight.Storage.Bytes), device.WeightBytes);
        Assert.Equal(Budget - problem.FixedBytes, device.RetainableBytes);
        Assert.Null(StageDevice.Of(graph, problem, null).RetainableBytes);
    }

    /// <summary>All ways to cut.</summary>
    private static IEnumerable<ImmutableArray<int>> All(int kernels, int stages) => Enumerable.Range(0, 1 << (kernels - 1))
        .Where(mask => System.Numerics.BitOperations.PopCount((uint)mask) == stages - 1)
        .Select(mask => (ImmutableArray<int>)[0, .. Enumerable.Range(1, kernels - 1).Where(kernel => ((mask >> (kernel - 1)) & 1) != 0)]);

    /// <summary>A cut's figures from the stages themselves, without the sweep that the choice uses.</summary>
    private static (double SlowestMs, long Bytes) Figures(KernelGraph graph, StageDevice[] devices, ImmutableArray<int> starts)
    {
        ImmutableArray<GraphStage> stages = GraphStages.Cut(graph, starts);
        double slowest = stages.Max(stage =>
        {
            StageDevice device = devices[stage.Index];
            int[] kernels = [.. Enumerable.Range(stage.FirstKernel, stage.Graph.Kernels.Length)];
            return device.StageMs(
                kernels.Sum(kernel => device.KernelMs[kernel]),
                stage.Weights.Sum(weight => device.WeightBytes[weight]),
                kernels.Sum(kernel => device.FetchBytes[kernel]));
        });
        return (slowest, stages.SelectMany(stage => stage.Arrivals).Sum(crossing => crossing.Bytes));
    }

    private static StageDevice[] Devices(KernelGraph graph, int count, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(_ => Device(
                graph, random.Next(3) == 0 ? null : random.Next(3_000_000), random.Next(1, 4), random.Next(1, 4) * 1e9)
                with { ZeroCopy = random.Next(2) == 0 }),
        ];
    }

    /// <param name="graph">The whole graph.</param>
    /// <param name="retainable">Bytes that stay.</param>
    /// <param name="slowness">Kernels take so many times as long as their cost says.</param>
    /// <param name="storage">Bytes per second.</param>
    private static StageDevice Device(KernelGraph graph, long? retainable, double slowness, double storage) => new()
    {
        // Whole numbers, so that equal times are equal whichever way they are added up.
        KernelMs = [.. graph.Kernels.Select(kernel => slowness * (kernel.Cost.Flops / 1_000_000))],
        FetchBytes = [.. graph.Kernels.Select(kernel => kernel.Fetch is null ? 0 : graph.Buffers[kernel.Inputs[0].Id].Bytes)],
        WeightBytes = [.. graph.Weights.Select(weight => weight.Storage is PanelWeight ? weight.Storage.Bytes : 0)],
        Rates = PlanRates.From(Problems.Spec(storage)),
        ZeroCopy = true,
        RetainableBytes = retainable,
    };
}
