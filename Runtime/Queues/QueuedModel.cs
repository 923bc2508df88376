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
    private readonly LocatedModel located;
    private readonly IDevice device;
    private readonly ChecksumPolicy checksums;
    private readonly IWeightStorage storage;
    private readonly FileWeightStorage? file;
    private readonly StreamedModel model;
    private readonly ActivationLayout activations;
    private readonly Dictionary<OverlapPlan, ImmutableArray<ICompiledKernel>> kernels = new(ReferenceEqualityComparer.Instance);
    private bool isChecked;

    /// <param name="located">With its weight file where the device needs one; owned from here on.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="options">How the file is read and checked.</param>
    /// <param name="trace">Told of reads.</param>
    public QueuedModel(LocatedModel located, IDevice device, SessionOptions options, ITraceSink trace)
    {
        this.located = located;
        this.device = device;
        checksums = options.Checksums;
        model = located.File is { } weights ? StreamedModel.From(weights) : StreamedModel.WithoutFile(located.Graph, located.Layout);
        activations = ActivationLayout.Compute(located.Graph);
        storage = ModelOpening.OpenStorage(located, device, options.Storage, trace, out file);
        Inputs = StreamingSession.Metadata(located.Graph, located.Graph.Inputs);
    }

    public string Name => model.Graph.ModelName;

    /// <summary>Payload bytes of all weights.</summary>
    public long WeightBytes => model.Graph.Weights.Sum(weight => weight.Storage.Bytes);

    /// <summary>What a request takes, by name.</summary>
    public IReadOnlyDictionary<string, TensorMetadata> Inputs { get; }

    /// <summary>The model under another prefix, for labels of one visit.</summary>
    public StreamedModel Labelled(string prefix) => model with { LabelPrefix = prefix };

    /// <summary>Makes the kernels of a plan ready.</summary>
    public void Prepare(OverlapPlan plan)
    {
        if (!kernels.ContainsKey(plan))
        {
            kernels.Add(plan, PlanExecutor.Prepare(model, plan, device));
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
            ChecksumPolicy policy = isChecked && checksums == ChecksumPolicy.FirstRead ? ChecksumPolicy.Never : checksums;
            isChecked = true;
            return new PlanExecutor(labelled, visit.Plan, device, storage, memory, kernels[visit.Plan], policy);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (device.Storage is null)
        {
            await storage.DisposeAsync().ConfigureAwait(false);
        }

        located.Dispose();
    }
}
