using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Sessions;
using FlashMem.Runtime.Storage;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Runtime.Queues;

/// <summary>A model of a queue, opened: its weight file, its storage and its kernels outlive visits, its memory does not.</summary>
internal sealed class QueuedModel : IAsyncDisposable
{
    private readonly StreamedModel model;
    private readonly IDevice device;
    private readonly IWeightStorage storage;
    private readonly ChecksumPolicy checksums;
    private readonly ActivationLayout activations;
    private readonly Dictionary<string, ImmutableArray<ICompiledKernel>> kernels = [];
    private LocatedModel? located;
    private FileWeightStorage? file;
    private bool isChecked;

    /// <param name="model">The weight file's contents.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="storage">
    /// Reads its weight file; the caller's, unless <see cref="Open(LocatedModel, IDevice, SessionOptions, ITraceSink)"/> opened it.
    /// </param>
    /// <param name="checksums">When to check what was read.</param>
    public QueuedModel(StreamedModel model, IDevice device, IWeightStorage storage, ChecksumPolicy checksums)
    {
        this.model = model;
        this.device = device;
        this.storage = storage;
        this.checksums = checksums;
        activations = ActivationLayout.Compute(model.Graph);
        Inputs = StreamingSession.Metadata(model.Graph, model.Graph.Inputs);
    }

    public string Name => model.Graph.ModelName;

    /// <summary>Payload bytes of all weights.</summary>
    public long WeightBytes => model.Graph.Weights.Sum(weight => weight.Storage.Bytes);

    /// <summary>What a request takes, by name.</summary>
    public IReadOnlyDictionary<string, TensorMetadata> Inputs { get; }

    /// <summary>Opens a model's storage.</summary>
    /// <param name="located">With its weight file where the device needs one; owned from here on.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="options">How the file is read and checked.</param>
    /// <param name="trace">Told of reads.</param>
    public static QueuedModel Open(LocatedModel located, IDevice device, SessionOptions options, ITraceSink trace)
    {
        StreamedModel model = ModelOpening.Stream(located, ModelOpening.CheckedFiles(options));
        IWeightStorage storage = ModelOpening.OpenStorage(located, device, options.Storage, trace, out FileWeightStorage? file);
        return new QueuedModel(model, device, storage, options.Checksums) { located = located, file = file };
    }

    /// <summary>The model under another prefix, for labels of one visit.</summary>
    public StreamedModel Labelled(string prefix) => model with { LabelPrefix = prefix };

    /// <summary>Makes the kernels of a plan ready.</summary>
    public void Prepare(OverlapPlan plan)
    {
        string carriers = Carriers(plan);
        if (!kernels.ContainsKey(carriers))
        {
            kernels.Add(carriers, PlanExecutor.Prepare(model, plan, device));
        }
    }

    /// <summary>An executor for one visit, in the pools or in memory of its own that it takes from the budget.</summary>
    public PlanExecutor Open(QueueVisit visit, string prefix, QueuePools? pools, MemoryBudget budget)
    {
        file?.ThrowIfChanged();
        StreamedModel labelled = Labelled(prefix);
        ModelMemory memory = pools is null
            ? new ModelMemory(labelled, visit.Plan, activations, device.Capabilities, budget)
            : new ModelMemory(labelled, visit.Plan, activations, device.Capabilities, pools, visit.Places!);
        try
        {
            // The first run of the first visit has read everything; later visits are later reads.
            ChecksumPolicy policy = isChecked && checksums is not ChecksumPolicy.EveryRead
                ? ChecksumPolicy.Never
                : checksums;
            isChecked = true;
            return new PlanExecutor(labelled, visit.Plan, device, storage, memory, kernels[Carriers(visit.Plan)], policy);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (located is not null)
        {
            if (device.Storage is null)
            {
                await storage.DisposeAsync().ConfigureAwait(false);
            }

            located.Dispose();
        }
    }

    /// <summary>Kernels differ only in which of them carry moves.</summary>
    private static string Carriers(OverlapPlan plan) => string.Join(
        ',', plan.Steps.Where(step => step.Moves.Any(move => move.Mode == MoveMode.InKernel)).Select(step => step.Kernel).Distinct());
}
