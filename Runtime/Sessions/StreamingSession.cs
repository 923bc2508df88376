using System.Collections.Immutable;
using System.Diagnostics;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Splitting;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Packing;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Storage;
using FlashMem.Runtime.Telemetry;
using FlashMem.Runtime.Tracing;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using Microsoft.Extensions.Logging;

namespace FlashMem.Runtime.Sessions;

/// <summary>
/// A model opened on a device, its weights streamed as its plan says. Runs of one session are served one after the other: a second call
/// waits for the first. A failed or cancelled run leaves the session usable; the next run loads everything again.
/// </summary>
public sealed class StreamingSession : IAsyncDisposable
{
    private readonly LocatedModel model;
    private readonly IDevice device;
    private readonly bool ownsDevice;
    private readonly IWeightStorage storage;
    private readonly FileWeightStorage? file;
    private readonly bool ownsStorage;
    private readonly MemoryBudget budget;
    private readonly PlanExecutor executor;
    private readonly StreamedModel streamed;
    private readonly ReportBuilder reports;
    private readonly TraceCollector? collector;
    private readonly ILogger logger;
    private readonly CheckedFiles checkedFiles;
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly CancellationTokenSource closing = new();
    private readonly bool keepsWeights;
    private HostWeights? hostWeights;
    private bool mustRemember;
    private int disposed;

    private StreamingSession(
        LocatedModel model, IDevice device, PlanProblem problem, OverlapPlan plan, PreparationFigures preparation, SessionOptions options)
    {
        this.model = model;
        this.device = device;
        ownsDevice = options.Device is null;
        Plan = plan;
        logger = options.LoggerFactory.CreateLogger<StreamingSession>();
        collector = options.Trace ? new TraceCollector() : null;
        checkedFiles = ModelOpening.CheckedFiles(options);
        keepsWeights = options.HostWeights && plan.RepeatedLoads().Any();
        streamed = ModelOpening.Stream(model, checkedFiles);
        InputMetadata = Metadata(model.Graph, model.Graph.Inputs);
        OutputMetadata = Metadata(model.Graph, model.Graph.Outputs);
        budget = new MemoryBudget(device, options.BudgetBytes ?? plan.BudgetBytes);
        ownsStorage = device.Storage is null;
        storage = ModelOpening.OpenStorage(model, device, options.Storage, collector, out file);

        // A stage reads a part of the file, which says nothing of the rest.
        mustRemember = options.Checksums is not ChecksumPolicy.Never && file is not null && !streamed.ChunksAreChecked
            && model.Part is null;
        try
        {
            executor = new PlanExecutor(streamed, plan, device, storage, budget, options.Checksums);
        }
        catch
        {
            Close(storage, ownsStorage);
            budget.Dispose();
            throw;
        }

        reports = new ReportBuilder(streamed, plan, problem, device, budget, preparation, options.HashOutputs);
        FlashMemTelemetry.MemoryBudgeted.Add(budget.CurrentBytes, new KeyValuePair<string, object?>("flashmem.device", device.Name));
    }

    /// <summary>Name of the model.</summary>
    public string ModelName => model.Graph.ModelName;

    /// <summary>What a run takes, by name.</summary>
    public IReadOnlyDictionary<string, TensorMetadata> InputMetadata { get; }

    /// <summary>What a run gives, by name.</summary>
    public IReadOnlyDictionary<string, TensorMetadata> OutputMetadata { get; }

    /// <summary>Payload bytes of all weights in the weight file, embeddings included.</summary>
    public long WeightBytes => model.Graph.Weights.Sum(weight => weight.Storage.Bytes);

    /// <summary>The plan that it follows.</summary>
    public OverlapPlan Plan { get; }

    /// <summary>Full path of the weight file that it reads; throws on a device that simulates time only, which reads none.</summary>
    public string WeightFilePath => model.File?.Path
        ?? throw new InvalidOperationException($"{device.Name} simulates time only and reads no weight file");

    /// <summary>The device that it runs on.</summary>
    public IDevice Device => device;

    /// <summary>
    /// Opens a model: finds or packs its weight file, makes or verifies the plan, allocates all memory and makes all kernels ready. Reads
    /// no weight into memory; the first run does.
    /// </summary>
    /// <param name="path">A model (<c>.onnx</c>) or a weight file (<c>.flashmem</c>).</param>
    /// <param name="options">Device, budget and the rest.</param>
    /// <param name="progress">Told of every stage.</param>
    /// <param name="cancellationToken">Stops within a second; nothing half-made stays.</param>
    /// <exception cref="ModelException">The model cannot be read or has an unsupported operator.</exception>
    /// <exception cref="BudgetException">The budget cannot work; thrown before any weight is read.</exception>
    /// <exception cref="VerificationException">The given plan does not hold for this model and device.</exception>
    public static async Task<StreamingSession> LoadAsync(
        string path, SessionOptions options, IProgress<LoadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        if ((options.Device is null) == (options.DeviceFactory is null))
        {
            throw new UsageException("a session needs a device: set exactly one of SessionOptions.Device and SessionOptions.DeviceFactory");
        }

        using Activity? activity = FlashMemTelemetry.Source.StartActivity("flashmem.load");
        long start = Stopwatch.GetTimestamp();
        progress?.Report(new LoadProgress(LoadStage.OpenDevice, 0, 0, options.Device?.Name ?? ""));
        IDevice device = options.Device ?? await options.DeviceFactory!(cancellationToken).ConfigureAwait(false);
        double? openDeviceMs = options.Device is null ? Stopwatch.GetElapsedTime(start).TotalMilliseconds : null;
        try
        {
            // Import, lowering and planning compute for up to seconds; the caller's thread stays free.
            StreamingSession session = await Task
                .Run(() => OpenAsync(path, options, device, openDeviceMs, progress, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
            activity?.SetTag("flashmem.model", session.ModelName).SetTag("flashmem.device", device.Name);
            FlashMemTelemetry.LoadDuration.Record(
                Stopwatch.GetElapsedTime(start).TotalSeconds, FlashMemTelemetry.Tags(session.ModelName, device.Name));
            return session;
        }
        catch (Exception error)
        {
            activity?.SetStatus(ActivityStatusCode.Error, error.Message);
            if (options.Device is null)
            {
                await device.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>
    /// Refuses a budget that cannot work, from the model's graph alone: its external weights need not exist. Does nothing when the options
    /// have no budget or bring a plan.
    /// </summary>
    /// <exception cref="BudgetException">The budget cannot work; names the smallest that does.</exception>
    public static void RequireBudget(string modelPath, SessionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options is { BudgetBytes: not null, Plan: null, Device: { } device })
        {
            using LocatedModel model = ModelLocator.CompileGraph(
                modelPath, options.WeightType, device.Capabilities, options.ChunkBytes);
            SessionPlan.Pose(model.WithActivations(options.ActivationType), device, options);
        }
    }

    /// <summary>
    /// Runs the model once. Calls are served one after the other. Inputs must not change until it is done; outputs are new tensors, owned
    /// by the caller.
    /// </summary>
    /// <exception cref="UsageException">An input is missing, unknown, or has another type or shape than the model's.</exception>
    /// <exception cref="RunFailedException">Storage or a kernel failed; names the file and the range, or the kernel.</exception>
    /// <exception cref="OperationCanceledException">
    /// Cancelled, or the session was disposed meanwhile: what is in progress (a kernel, a few reads) ends, the rest does not start.
    /// </exception>
    public Task<RunResult> RunAsync(IReadOnlyDictionary<string, Tensor> inputs, CancellationToken cancellationToken = default) =>
        RunAsync(inputs, ImmutableDictionary<string, Tensor>.Empty, cancellationToken);

    /// <summary>
    /// The same, writing outputs into tensors of an earlier run that nobody reads any more: memory of many megabytes costs milliseconds when it
    /// is new. An output without a tensor of its name, type and shape among them is a new one.
    /// </summary>
    public async Task<RunResult> RunAsync(
        IReadOnlyDictionary<string, Tensor> inputs, IReadOnlyDictionary<string, Tensor> reused, CancellationToken cancellationToken) =>
        Describe(await RunStageAsync(inputs, RunPorts.None with { Reused = reused }, cancellationToken).ConfigureAwait(false));

    /// <summary>A run with some inputs and outputs passed from device to device.</summary>
    internal async Task<FinishedRun> RunStageAsync(
        IReadOnlyDictionary<string, Tensor> inputs, RunPorts ports, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ObjectDisposedException.ThrowIf(disposed != 0, this);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
        await turn.WaitAsync(linked.Token).ConfigureAwait(false);
        try
        {
            return await RunAloneAsync(inputs, ports, linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(error.Message, error, cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The result of a run, with its report. May be called while later runs are in progress.</summary>
    internal RunResult Describe(FinishedRun run)
    {
        ResidencyTimeline? residency = run.Events.IsEmpty
            ? null
            : ResidencyTimeline.Of(Plan, streamed, run.Events, device.Capabilities.ZeroCopy, run.Execution.First);
        RunReport report = reports.Report(run, residency);
        if (report.Time.StallMs is { } stallMs)
        {
            FlashMemTelemetry.StorageStall.Record(stallMs / 1e3, FlashMemTelemetry.Tags(ModelName, device.Name));
        }

        return new RunResult(
            run.Execution.Outputs, report, residency is null ? null : new RunTrace(run.Events, residency.Samples) { Samples = run.Samples });
    }

    /// <summary>Where an output lies on the device between the end of a run and the start of the next.</summary>
    internal MemoryRange RangeOf(string output) => executor.RangeOf(output);

    /// <summary>Cancels a run in progress, waits for it, frees all memory, and closes the device if the session opened it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
        {
            return;
        }

        await closing.CancelAsync().ConfigureAwait(false);
        await turn.WaitAsync().ConfigureAwait(false);
        if (ownsStorage)
        {
            await storage.DisposeAsync().ConfigureAwait(false);
        }

        FlashMemTelemetry.MemoryBudgeted.Add(-budget.CurrentBytes, new KeyValuePair<string, object?>("flashmem.device", device.Name));
        executor.Dispose();
        hostWeights?.Dispose();
        budget.Dispose();
        model.Dispose();
        if (collector is not null && device.Trace == collector)
        {
            device.Trace = null;
        }

        if (ownsDevice)
        {
            await device.DisposeAsync().ConfigureAwait(false);
        }

        closing.Dispose();
        turn.Dispose();
    }

    private static async Task<StreamingSession> OpenAsync(
        string path,
        SessionOptions options,
        IDevice device,
        double? openDeviceMs,
        IProgress<LoadProgress>? progress,
        CancellationToken cancellationToken)
    {
        ILogger logger = options.LoggerFactory.CreateLogger<StreamingSession>();
        LocatedModel model = ModelOpening.Locate(path, options, device, progress);
        try
        {
            if (model.File is { } found)
            {
                SessionLog.WeightFileFound(logger, found.Path);
            }
            else if (ModelOpening.NeedsFile(device))
            {
                // A budget that cannot work is refused here, before packing reads a weight.
                SessionPlan.Pose(model, device, options);
                cancellationToken.ThrowIfCancellationRequested();
                model = await new ModelLocator(options.CacheDirectory).PackAsync(model, progress, cancellationToken).ConfigureAwait(false);
                SessionLog.WeightFilePacked(logger, model.File!.Path, model.File.FileBytes);
            }

            return Open(model, options, device, openDeviceMs, progress, cancellationToken);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Plans and opens a model that was found and, where the device needs it, packed: whole, or a stage of one.</summary>
    /// <param name="model">Owned by the session; the caller's still when this throws.</param>
    /// <param name="options">As for a whole model.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="openDeviceMs">For the report; null when the caller opened the device.</param>
    /// <param name="progress">Told of every stage of loading.</param>
    /// <param name="cancellationToken">Nothing half-made stays.</param>
    internal static StreamingSession Open(
        LocatedModel model,
        SessionOptions options,
        IDevice device,
        double? openDeviceMs,
        IProgress<LoadProgress>? progress,
        CancellationToken cancellationToken)
    {
        progress?.Report(new LoadProgress(LoadStage.Plan, 0, 0, model.Graph.ModelName));
        long start = Stopwatch.GetTimestamp();
        (SplitGraph split, PlanProblem problem, OverlapPlan plan) = SessionPlan.Make(model, device, options);
        model = model with { Graph = split.Graph };
        double? planMs = options.Plan is null ? Stopwatch.GetElapsedTime(start).TotalMilliseconds : null;
        cancellationToken.ThrowIfCancellationRequested();
        progress?.Report(new LoadProgress(LoadStage.Prepare, 0, 0, model.Graph.ModelName));
        PreparationFigures preparation = device is ISimulatedDevice
            ? new(null, null, null, null)
            : new(openDeviceMs, model.ImportMs, model.CompileMs, planMs);
        var session = new StreamingSession(model, device, problem, plan, preparation, options);
        SessionLog.Opened(
            options.LoggerFactory.CreateLogger<StreamingSession>(),
            session.ModelName,
            device.Name,
            model.Graph.Weights.Sum(weight => weight.Storage.Bytes),
            plan.Policy.Name(),
            plan.Solver,
            plan.PeakBytes);
        return session;
    }

    /// <summary>What a graph's inputs or outputs are, by name.</summary>
    internal static Dictionary<string, TensorMetadata> Metadata(KernelGraph graph, ImmutableArray<GraphPort> ports) =>
        ports.ToDictionary(port => port.Name, port => new TensorMetadata(port.Name, port.Type, port.Shape, IndexExtent(graph, port)));

    private static long? IndexExtent(KernelGraph graph, GraphPort port)
    {
        long? extent = null;
        foreach (KernelNode kernel in graph.Kernels)
        {
            if (kernel.Fetch is { } fetch && fetch.IdBuffer == port.Buffer)
            {
                long rows = ((RowWeight)graph.Weights[fetch.Weight].Storage).Rows;
                extent = Math.Min(extent ?? rows, rows);
            }
        }

        return extent;
    }

    private static void Close(IWeightStorage storage, bool owned)
    {
        if (owned)
        {
            storage.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>
    /// The first run reads, and checks, as any; from the second on the file is in memory and stays there, if anything is streamed from it.
    /// </summary>
    private void KeepWeights()
    {
        if (keepsWeights && hostWeights is null && !executor.NextRunIsFirst)
        {
            hostWeights = HostWeights.Open(model.File!, model.Layout, device);
            executor.CopyFrom(hostWeights.Locked);
        }
    }

    /// <summary>A first run has read and checked every chunk.</summary>
    private void RememberChecked()
    {
        if (mustRemember)
        {
            mustRemember = false;
            if (checkedFiles.TryAdd(model.File!) is { } problem)
            {
                SessionLog.NotRemembered(logger, model.File!.Path, problem);
            }
        }
    }

    private async Task<FinishedRun> RunAloneAsync(
        IReadOnlyDictionary<string, Tensor> inputs, RunPorts ports, CancellationToken cancellationToken)
    {
        using Activity? activity = FlashMemTelemetry.Source.StartActivity("flashmem.run");
        activity?.SetTag("flashmem.model", ModelName).SetTag("flashmem.device", device.Name);
        TagList tags = FlashMemTelemetry.Tags(ModelName, device.Name);
        try
        {
            file?.ThrowIfChanged();
            StartTrace();
            DeviceTime start = device.Now;
            KeepWeights();
            ExecutionResult result = await executor.RunAsync(inputs, ports, turn: null, cancellationToken).ConfigureAwait(false);
            DeviceTime end = device.Now;
            if (hostWeights is not null)
            {
                // Reads ask after each one; copies have taken what was there.
                file?.ThrowIfChanged();
            }

            RememberChecked();
            FinishedRun run = Finish(result, start, end);
            SessionLog.RunCompleted(logger, ModelName, (end - start).Milliseconds, result.StorageBytes);
            FlashMemTelemetry.StorageBytes.Add(result.StorageBytes, tags);
            tags.Add("flashmem.first", result.First);
            FlashMemTelemetry.RunDuration.Record((end - start).Milliseconds / 1e3, tags);
            return run;
        }
        catch (Exception error)
        {
            activity?.SetStatus(ActivityStatusCode.Error, error.Message);
            tags.Add("error.type", error.GetType().FullName);
            FlashMemTelemetry.RunFailures.Add(1, tags);
            if (error is OperationCanceledException)
            {
                SessionLog.RunCancelled(logger, ModelName);
            }
            else
            {
                SessionLog.RunFailed(logger, error, ModelName);
            }

            throw;
        }
    }

    /// <summary>The device may have traced for another session since; without a trace its sink stays the caller's.</summary>
    private void StartTrace()
    {
        if (collector is not null)
        {
            device.FlushTrace();
            device.Trace = collector;
            collector.Take();
            collector.TakeSamples();
        }
    }

    /// <summary>Takes what belongs to the run before the next one begins.</summary>
    private FinishedRun Finish(ExecutionResult result, DeviceTime start, DeviceTime end)
    {
        device.FlushTrace();
        var run = new FinishedRun(
            result, start, end, collector?.Take() ?? [], collector?.TakeSamples() ?? [], hostWeights?.Locked.Memory.Bytes);
        reports.Remember(run);
        return run;
    }
}
