using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Measurements;
using FlashMem.Abstractions.Tensors;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Sessions;
using FlashMem.Runtime.Storage;
using FlashMem.Runtime.Tracing;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Profiling;

/// <summary>
/// Times the kernels of a model where they will run: inside whole runs, with every weight resident, so that caches, clocks and the queue
/// are as in any run. The larger kernels are timed a second time in slices.
/// </summary>
public sealed class KernelProfiler
{
    private readonly IDevice device;
    private readonly ProfileOptions options;
    private readonly StreamedModel model;
    private readonly IReadOnlyDictionary<string, Tensor> inputs;
    private readonly FileWeightStorage storage;

    // New memory for many megabytes of outputs is made beside the kernels and slows those of a processor; repeated runs write to the old.
    private IReadOnlyDictionary<string, Tensor> outputs = ImmutableDictionary<string, Tensor>.Empty;

    private KernelProfiler(
        IDevice device, ProfileOptions options, StreamedModel model, IReadOnlyDictionary<string, Tensor> inputs, FileWeightStorage storage)
    {
        this.device = device;
        this.options = options;
        this.model = model;
        this.inputs = inputs;
        this.storage = storage;
    }

    /// <param name="device">An idle device; it is used alone meanwhile, and its trace.</param>
    /// <param name="path">A model or weight file; packed with fp16 weights when it is not yet.</param>
    /// <param name="input">Makes an input.</param>
    /// <param name="options">How long.</param>
    /// <param name="cacheDirectory">Where weight files are kept; null for the default.</param>
    /// <param name="progress">Told of packing.</param>
    /// <param name="cancellationToken">Looked at between runs.</param>
    public static async Task<ModelTimes> MeasureAsync(
        IDevice device,
        string path,
        Func<TensorMetadata, Tensor> input,
        ProfileOptions options,
        string? cacheDirectory = null,
        IProgress<LoadProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var locator = new ModelLocator(cacheDirectory);
        LocatedModel located = locator.Locate(
            path, ElementType.Float16, device.Capabilities, options.ChunkBytes, progress);
        using LocatedModel packed = await locator.PackAsync(located, progress, cancellationToken).ConfigureAwait(false);
        Dictionary<string, Tensor> inputs = StreamingSession.Metadata(packed.Graph, packed.Graph.Inputs)
            .ToDictionary(pair => pair.Key, pair => input(pair.Value));
        var storage = new FileWeightStorage(packed.File!, new StorageOptions(), null, () => device.Now);
        await using (storage.ConfigureAwait(false))
        {
            var profiler = new KernelProfiler(device, options, StreamedModel.From(packed.File!), inputs, storage);
            return await profiler.RunAsync(packed, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ModelTimes> RunAsync(LocatedModel located, CancellationToken cancellationToken)
    {
        PlanProblem problem = SessionPlan.Pose(located, device, new SessionOptions { Device = device });
        OverlapPlan whole = PlanMaker.Make(problem);
        OverlapPlan sliced = SlicedPlan.Of(whole, PanelsPerChunk);
        RunTimes wholeTimes = await MeasureAsync(whole, cancellationToken).ConfigureAwait(false);
        var kernels = new List<MeasuredKernel>(wholeTimes.Kernels(model.Graph));
        int runs = wholeTimes.Count;
        if (sliced.Steps.Length > whole.Steps.Length)
        {
            RunTimes slicedTimes = await MeasureAsync(sliced, cancellationToken).ConfigureAwait(false);
            runs += slicedTimes.Count;

            // What was not cut was measured already.
            HashSet<(string Signature, int Panels)> known = [.. kernels.Select(kernel => (kernel.Signature, kernel.Panels))];
            kernels.AddRange(slicedTimes.Kernels(model.Graph).Where(kernel => !known.Contains((kernel.Signature, kernel.Panels))));
        }

        long outputs = model.Graph.Outputs.Sum(port => port.Shape.ElementCount * port.View.Type.SizeInBytes());
        return new ModelTimes(model.Graph.ModelName, [.. kernels], wholeTimes.OverheadSeconds, outputs, runs);
    }

    private int PanelsPerChunk(int kernel) =>
        model.Graph.Kernels[kernel].PanelWeight is >= 0 and var weight ? model.Layout.Weights[weight].PanelsPerChunk : 0;

    /// <summary>Repeated runs of a plan; the first one loads and does not count, the second warms up.</summary>
    private async Task<RunTimes> MeasureAsync(OverlapPlan plan, CancellationToken cancellationToken)
    {
        var collector = new TraceCollector();
        ITraceSink? before = device.Trace;
        device.Trace = collector;
        try
        {
            using var budget = new MemoryBudget(device, null);
            using var executor = new PlanExecutor(model, plan, device, storage, budget);
            var times = new RunTimes(plan);
            await RunAsync(executor, cancellationToken).ConfigureAwait(false);
            await RunAsync(executor, cancellationToken).ConfigureAwait(false);
            collector.Take();
            DeviceTime start = device.Now;
            while (times.Count < options.Repetitions
                || (times.Count < options.MostModelRuns && (device.Now - start).ToTimeSpan() < options.ModelTime))
            {
                double seconds = await RunAsync(executor, cancellationToken).ConfigureAwait(false);
                times.Add(seconds, collector.Take());
            }

            return times;
        }
        finally
        {
            device.Trace = before;
        }
    }

    private async Task<double> RunAsync(PlanExecutor executor, CancellationToken cancellationToken)
    {
        DeviceTime start = device.Now;
        ExecutionResult result = await executor
            .RunAsync(inputs, RunPorts.None with { Reused = outputs }, turn: null, cancellationToken).ConfigureAwait(false);
        outputs = result.Outputs;
        double seconds = (device.Now - start).Milliseconds / 1e3;
        device.FlushTrace();
        return seconds;
    }
}
