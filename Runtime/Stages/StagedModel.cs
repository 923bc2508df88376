using System.Collections.Immutable;
using System.Globalization;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Stages;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Stages;

namespace FlashMem.Runtime.Stages;

/// <summary>
/// A model found for every device of a staged session and cut. Devices that want weights laid out differently have weight files of their
/// own; the graphs of all are the same but for that. Owns the opened weight files until they are taken.
/// </summary>
internal sealed class StagedModel : IDisposable
{
    private readonly StagedOptions options;
    private readonly LocatedModel?[] located;
    private readonly StageDevice[] figures;

    private StagedModel(StagedOptions options, LocatedModel?[] located)
    {
        this.options = options;
        this.located = located;
        Graph = located[0]!.Graph;
        figures = [.. Enumerable.Range(0, located.Length).Select(stage => Figures(stage, BudgetBytes))];
        Cut = Choose(BudgetBytes);
    }

    /// <summary>The whole model, as the first device has it.</summary>
    public KernelGraph Graph { get; }

    public StageCut Cut { get; }

    private long? BudgetBytes => options.Session.BudgetBytes;

    private int Count => located.Length;

    /// <summary>Finds the model for every device and decides where it is cut; packs nothing and reads no weight.</summary>
    /// <param name="path">A model or a weight file.</param>
    /// <param name="options">Devices, budget and the rest.</param>
    /// <param name="graphOnly">From the model's graph alone: its weights need not exist, and it cannot be packed.</param>
    /// <param name="progress">Told of import and compilation.</param>
    /// <exception cref="BudgetException">
    /// The budget cannot work for a stage, which it names with its device and a budget that works for all.
    /// </exception>
    public static StagedModel Locate(string path, StagedOptions options, bool graphOnly, IProgress<LoadProgress>? progress)
    {
        var located = new LocatedModel?[options.Devices.Count];
        try
        {
            for (int stage = 0; stage < located.Length; stage++)
            {
                located[stage] = Known(located, stage, options) ?? Find(path, options.Devices[stage], options.Session, graphOnly, progress);
                RequireAlike(located[0]!, located[stage]!, options, stage);
            }

            var model = new StagedModel(options, located);
            model.RequireBudget();
            return model;
        }
        catch
        {
            Release(located);
            throw;
        }
    }

    /// <summary>Packs what has no weight file yet and is needed with one.</summary>
    public async Task PackAsync(IProgress<LoadProgress>? progress, CancellationToken cancellationToken)
    {
        for (int stage = 0; stage < Count; stage++)
        {
            if (ModelOpening.NeedsFile(options.Devices[stage]))
            {
                cancellationToken.ThrowIfCancellationRequested();
                located[stage] = await new ModelLocator(options.Session.CacheDirectory)
                    .PackAsync(located[stage]!, progress, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The stages' graphs, as their devices have them.</summary>
    public ImmutableArray<GraphStage> Stages() => Stages(Cut);

    /// <summary>A stage as a model of its own, to be opened by a session, which then owns it.</summary>
    public LocatedModel Take(GraphStage stage)
    {
        LocatedModel whole = located[stage.Index]!;
        located[stage.Index] = null;
        var part = WeightFilePart.Of(whole.Layout, stage);
        return whole with { Graph = stage.Graph, Layout = part.Layout, Part = part };
    }

    public void Dispose() => Release(located);

    private static void Release(LocatedModel?[] located)
    {
        foreach (LocatedModel? model in located)
        {
            model?.Dispose();
        }
    }

    /// <summary>
    /// What was compiled for an earlier device that wants weights laid out in the same way; an opened file has one owner.
    /// </summary>
    private static LocatedModel? Known(LocatedModel?[] located, int stage, StagedOptions options)
    {
        DeviceCapabilities wanted = options.Devices[stage].Capabilities;
        for (int earlier = 0; earlier < stage; earlier++)
        {
            DeviceCapabilities given = options.Devices[earlier].Capabilities;
            if (located[earlier] is { File: null }
                && (given.PanelWidth, given.DepthInterleave) == (wanted.PanelWidth, wanted.DepthInterleave))
            {
                return located[earlier];
            }
        }

        return null;
    }

    private static LocatedModel Find(
        string path, IDevice device, SessionOptions session, bool graphOnly, IProgress<LoadProgress>? progress) => graphOnly
        ? ModelLocator.LocateGraph(path, session.WeightType, device.Capabilities, session.ChunkBytes).WithActivations(session.ActivationType)
        : ModelOpening.Locate(path, session, device, progress);

    /// <summary>Cuts are indices of kernels, so all devices must have the same ones; only weights' layouts may differ.</summary>
    private static void RequireAlike(LocatedModel first, LocatedModel other, StagedOptions options, int stage)
    {
        bool alike = first.Graph.ModelHash == other.Graph.ModelHash
            && first.Graph.Buffers.SequenceEqual(other.Graph.Buffers)
            && first.Graph.Weights.Select(weight => weight.Name).SequenceEqual(other.Graph.Weights.Select(weight => weight.Name))
            && first.Graph.Kernels.Length == other.Graph.Kernels.Length
            && first.Graph.Kernels.Zip(other.Graph.Kernels).All(pair => pair.First.Desc.Name == pair.Second.Desc.Name
                && pair.First.Output == pair.Second.Output
                && pair.First.PanelWeight == pair.Second.PanelWeight
                && pair.First.Inputs.SequenceEqual(pair.Second.Inputs));
        if (!alike)
        {
            throw new ModelException(
                $"model '{first.Graph.ModelName}' has {first.Graph.Kernels.Length} kernels for {options.Devices[0].Name} and other "
                + $"{other.Graph.Kernels.Length} for {options.Devices[stage].Name}, so it cannot be cut for both");
        }
    }

    private StageDevice Figures(int stage, long? budgetBytes)
    {
        SessionOptions resident = options.Session with
        {
            BudgetBytes = null, LatencySlack = null, Policy = PlanPolicy.Preload, MoveMode = MoveMode.CopyQueue,
        };
        LocatedModel model = located[stage]!;
        return StageDevice.Of(model.Graph, SessionPlan.Pose(model, options.Devices[stage], resident), budgetBytes);
    }

    private StageCut Choose(long? budgetBytes)
    {
        StageDevice[] devices = budgetBytes == BudgetBytes
            ? figures
            : [.. Enumerable.Range(0, Count).Select(stage => Figures(stage, budgetBytes))];
        if (options.Starts.IsEmpty)
        {
            return StageCutter.Choose(Graph, devices);
        }

        return options.Starts.Length == Count
            ? StageCutter.Measure(Graph, devices, options.Starts)
            : throw new UsageException($"{options.Starts.Length} stages are given for {Count} devices");
    }

    private ImmutableArray<GraphStage> Stages(StageCut cut) =>
        [.. Enumerable.Range(0, Count).Select(stage => GraphStages.Cut(located[stage]!.Graph, cut.Starts)[stage])];

    /// <summary>By stage: the smallest budget with which it works.</summary>
    private long[] Floors(ImmutableArray<GraphStage> stages) =>
    [
        .. stages.Select(stage => BudgetFloor.Bytes(
            stage.Graph,
            WeightFilePart.Of(located[stage.Index]!.Layout, stage).Layout,
            ActivationLayout.Compute(stage.Graph),
            options.Devices[stage.Index].Capabilities,
            SessionPlan.PolicyOf(options.Session))),
    ];

    private void RequireBudget()
    {
        if (BudgetBytes is not { } budget)
        {
            return;
        }

        ImmutableArray<GraphStage> stages = Stages(Cut);
        long[] floors = Floors(stages);
        int failing = Array.FindIndex(floors, floor => floor > budget);
        if (failing < 0)
        {
            return;
        }

        // Another budget may mean other cuts, so what works is looked for with the cuts that it would have.
        long smallest = floors.Max();
        while (Floors(Stages(Choose(smallest))).Max() is var needed && needed > smallest)
        {
            smallest = needed;
        }

        GraphStage stage = stages[failing];
        throw new BudgetException(
            $"a budget of {Text(budget)} cannot work for stage {failing + 1} of {Count} of {Graph.ModelName} "
            + $"(kernels {stage.FirstKernel} to {stage.EndKernel - 1}) on {options.Devices[failing].Name}, which takes at least "
            + $"{Text(floors[failing])}: the smallest that works for all stages is {Text(smallest)}",
            budget,
            smallest);
    }

    /// <summary>MiB rounded up to four digits, so that the printed figure itself works, and the exact bytes.</summary>
    private static string Text(long bytes) => string.Create(
        CultureInfo.InvariantCulture, $"{decimal.Ceiling(bytes * 10_000m / (1024 * 1024)) / 10_000m} MiB ({bytes} bytes)");
}
