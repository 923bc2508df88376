using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Runtime.Tracing;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Runtime.Queues;

/// <summary>
/// Several models opened on one device under one budget, and the requests to them in the order in which they are served. At every moment
/// all models together hold no more than the budget. Not for several callers at a time.
/// </summary>
public sealed class ModelQueue : IAsyncDisposable
{
    private readonly IDevice device;
    private readonly ModelQueueOptions options;
    private readonly QueuedModel[] models;
    private readonly TraceCollector collector;
    private readonly MemoryBudget budget;
    private readonly QueuePools? pools;
    private bool disposed;

    private ModelQueue(ModelQueueOptions options, QueuedModel[] models, QueuePlan plan, TraceCollector collector, ElementType? texels)
    {
        device = options.Session.Device!;
        this.options = options;
        this.models = models;
        this.collector = collector;
        Plan = plan;
        foreach (QueueVisit visit in plan.Visits)
        {
            models[visit.Model].Prepare(visit.Plan);
        }

        budget = new MemoryBudget(device, options.Session.BudgetBytes);
        pools = plan.Pools is { } bytes ? new QueuePools(bytes, texels, budget) : null;
    }

    /// <summary>How the queue runs.</summary>
    public QueuePlan Plan { get; }

    /// <summary>What a request to each model takes, by index of the model and name of the input.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, TensorMetadata>> InputMetadata => [.. models.Select(model => model.Inputs)];

    /// <summary>Names of the models, by index.</summary>
    public IReadOnlyList<string> ModelNames => [.. models.Select(model => model.Name)];

    /// <summary>
    /// Opens all models: finds or packs their weight files, plans the queue, allocates what its models share. Reads no weight into memory.
    /// </summary>
    /// <param name="paths">Models (<c>.onnx</c>) or weight files (<c>.flashmem</c>).</param>
    /// <param name="requests">Indices into <paramref name="paths"/>, in the order in which they are served.</param>
    /// <param name="options">Device, budget and the rest.</param>
    /// <param name="progress">Told of every stage.</param>
    /// <param name="cancellationToken">Nothing half-made stays.</param>
    /// <exception cref="BudgetException">The budget cannot work for a model, which it names; thrown before any weight is read.</exception>
    public static async Task<ModelQueue> LoadAsync(
        IReadOnlyList<string> paths,
        IReadOnlyList<int> requests,
        ModelQueueOptions options,
        IProgress<LoadProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        SessionOptions session = options.Session;
        if (session.Device is null || session.Plan is not null || session.Pin.Count > 0 || session.Located is not null || session.HostWeights)
        {
            throw new UsageException("a queue runs on an opened device; a plan, pinned or host weights or a located model belong to one model");
        }

        if (requests.Count == 0 || requests.Any(model => model < 0 || model >= paths.Count))
        {
            throw new UsageException(
                $"the requests name models by index below {paths.Count}, at least one; they are {string.Join(", ", requests)}");
        }

        return await Task
            .Run(() => OpenAsync(paths, requests, options, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Serves all requests, in order.</summary>
    /// <param name="inputs">By index of the model; the same for all its requests.</param>
    /// <param name="completed">Told of every request when it is complete, in order; may keep the outputs.</param>
    /// <param name="cancellationToken">What is in progress ends, the rest does not start.</param>
    /// <exception cref="RunFailedException">Storage or a kernel failed; names the request and its model.</exception>
    public async Task<QueueResult> RunAsync(
        IReadOnlyList<IReadOnlyDictionary<string, Tensor>> inputs,
        Action<CompletedRequest>? completed = null,
        CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        device.FlushTrace();
        device.Trace = collector;
        collector.Take();
        collector.TakeSamples();
        var report = new QueueReportBuilder(device, options, Plan, models, budget);
        var run = new QueueRun(device, Plan, models, pools, budget);
        await run.RunAsync(
            inputs,
            request =>
            {
                report.Add(request);
                completed?.Invoke(request);
            },
            cancellationToken).ConfigureAwait(false);
        device.FlushTrace();
        return report.Build(collector.Take(), collector.TakeSamples());
    }

    /// <summary>Frees all memory and closes the weight files; the device stays the caller's.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        foreach (QueuedModel model in models)
        {
            await model.DisposeAsync().ConfigureAwait(false);
        }

        pools?.Dispose();
        budget.Dispose();
        if (device.Trace == collector)
        {
            device.Trace = null;
        }
    }

    private static async Task<ModelQueue> OpenAsync(
        IReadOnlyList<string> paths,
        IReadOnlyList<int> requests,
        ModelQueueOptions options,
        IProgress<LoadProgress>? progress,
        CancellationToken cancellationToken)
    {
        SessionOptions session = options.Session;
        IDevice device = session.Device!;
        var located = new List<LocatedModel>();
        var models = new List<QueuedModel>();
        try
        {
            foreach (string path in paths)
            {
                located.Add(ModelOpening.Locate(path, session, device, progress));
                SessionPlan.Pose(located[^1], device, session);
            }

            for (int i = 0; i < located.Count && ModelOpening.NeedsFile(device); i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                located[i] = await new ModelLocator(session.CacheDirectory)
                    .PackAsync(located[i], progress, cancellationToken).ConfigureAwait(false);
            }

            progress?.Report(new LoadProgress(LoadStage.Plan, 0, 0, $"{requests.Count} requests"));
            QueuePlan plan = QueuePlanner.Plan(
                [.. located.Select(model => new QueueModel(
                    model.Graph.ModelName, bytes => SessionPlan.Pose(model, device, session with { BudgetBytes = bytes })))],
                requests,
                new QueueOptions { BudgetBytes = session.BudgetBytes, Solver = session.Solver, Handover = options.Handover });
            ElementType? texels = TexelType(plan, located, device);
            var collector = new TraceCollector();
            progress?.Report(new LoadProgress(LoadStage.Prepare, 0, 0, $"{paths.Count} models"));
            while (located.Count > 0)
            {
                models.Add(QueuedModel.Open(located[0], device, session, collector));
                located.RemoveAt(0);
            }

            return new ModelQueue(options, [.. models], plan, collector, texels);
        }
        catch
        {
            located.ForEach(model => model.Dispose());
            foreach (QueuedModel model in models)
            {
                await model.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>What the models share textures for; images are made for one type.</summary>
    private static ElementType? TexelType(QueuePlan plan, List<LocatedModel> located, IDevice device)
    {
        if (plan.Pools is not { Texture: > 0 })
        {
            return null;
        }

        (string Name, ElementType Type)[] types =
        [
            .. plan.Visits.Where(visit => visit.Plan.TextureArenaBytes > 0).Select(visit => visit.Model).Distinct().Select(model => (
                located[model].Graph.ModelName,
                ModelMemory.TexelType(located[model].Graph, device.Capabilities))),
        ];
        return !device.Capabilities.Images || types.Select(model => model.Type).Distinct().Count() == 1
            ? types[0].Type
            : throw new UsageException(
                "models with weights of different types cannot share textures: "
                + string.Join(", ", types.Select(model => $"{model.Name} has {model.Type}")));
    }
}
