using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Abstractions.Time;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Stages;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Stages;

namespace FlashMem.Runtime.Stages;

/// <summary>
/// A model cut into stages of consecutive kernels, one per device, each with a plan of its own that streams its weights under the budget. A
/// run goes from stage to stage; several runs may be in flight, and a later one enters a stage when the earlier one has moved on from it,
/// so that stages work on consecutive runs at a time. Thread-safe.
/// </summary>
/// <remarks>
/// A run keeps its stage until it can enter the next one. So runs do not overtake each other, at most as many are inside as there are
/// stages, and a slow stage holds back those before it instead of filling memory with values that wait for it. The pace is the slowest
/// stage's either way.
/// </remarks>
public sealed class StagedSession : IAsyncDisposable
{
    private readonly KernelGraph graph;
    private readonly ImmutableArray<GraphStage> stages;
    private readonly StreamingSession[] sessions;
    private readonly SemaphoreSlim[] places;
    private readonly StageClock clock;
    private readonly IReadOnlyDictionary<string, Tensor>? standIns;
    private readonly PeerCrossings peers;
    private readonly CancellationTokenSource closing = new();
    private readonly object remembering = new();
    private StagedRun? first;
    private int disposed;

    private StagedSession(StagedModel model, ImmutableArray<GraphStage> stages, StreamingSession[] sessions, StagedOptions options)
    {
        graph = model.Graph;
        this.stages = stages;
        this.sessions = sessions;
        Cut = model.Cut;
        Devices = options.Devices;
        BudgetBytes = options.Session.BudgetBytes;
        HashOutputs = options.Session.HashOutputs;
        places = [.. sessions.Select(_ => new SemaphoreSlim(1, 1))];
        clock = new StageClock(options.Devices);
        InputMetadata = StreamingSession.Metadata(graph, graph.Inputs);
        OutputMetadata = StreamingSession.Metadata(graph, graph.Outputs);
        standIns = IsTimingOnly(options.Devices) ? StandIns(stages) : null;
        peers = new PeerCrossings(stages, options.Devices);
    }

    public string ModelName => graph.ModelName;

    /// <summary>What a run takes, by name.</summary>
    public IReadOnlyDictionary<string, TensorMetadata> InputMetadata { get; }

    /// <summary>What a run gives, by name.</summary>
    public IReadOnlyDictionary<string, TensorMetadata> OutputMetadata { get; }

    /// <summary>The devices, by stage.</summary>
    public IReadOnlyList<IDevice> Devices { get; }

    /// <summary>Where the model is cut, and why there.</summary>
    public StageCut Cut { get; }

    /// <summary>The stages' graphs.</summary>
    public ImmutableArray<GraphStage> Stages => stages;

    /// <summary>The plans, by stage.</summary>
    public ImmutableArray<OverlapPlan> Plans => [.. sessions.Select(session => session.Plan)];

    /// <summary>Payload bytes of all weights; one that two stages share counts once.</summary>
    public long WeightBytes => graph.Weights.Sum(weight => weight.Storage.Bytes);

    /// <summary>Of every device; null for no limit.</summary>
    public long? BudgetBytes { get; }

    /// <summary>A device is simulated, so times are composed of the stages' own clocks; else they are measured on one.</summary>
    public bool IsComposedTime => clock.IsComposed;

    /// <summary>Reports hash outputs.</summary>
    internal bool HashOutputs { get; }

    /// <summary>
    /// Opens a model: finds or packs its weight files, cuts it, plans every stage, allocates all memory and makes all kernels ready. Reads
    /// no weight into memory; the first run does.
    /// </summary>
    /// <param name="path">A model (<c>.onnx</c>) or a weight file (<c>.flashmem</c>).</param>
    /// <param name="options">Devices, budget and the rest.</param>
    /// <param name="progress">Told of every step of loading.</param>
    /// <param name="cancellationToken">Nothing half-made stays.</param>
    /// <exception cref="BudgetException">
    /// The budget cannot work for a stage; names it, its device and the smallest budget that works. Thrown before any weight is read.
    /// </exception>
    public static async Task<StagedSession> LoadAsync(
        string path, StagedOptions options, IProgress<LoadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        Require(options);

        // Import, lowering and planning compute for up to seconds; the caller's thread stays free.
        return await Task.Run(() => OpenAsync(path, options, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Refuses a budget that cannot work, from the model's graph alone: its external weights need not exist. Does nothing without a budget.
    /// </summary>
    public static void RequireBudget(string modelPath, StagedOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require(options);
        if (options.Session.BudgetBytes is not null)
        {
            StagedModel.Locate(modelPath, options, graphOnly: true, null).Dispose();
        }
    }

    /// <summary>
    /// Runs the model once. May be called while other runs are in flight; runs enter in the order of the calls. Inputs must not change
    /// until it is done; outputs are new tensors, owned by the caller.
    /// </summary>
    /// <exception cref="UsageException">An input is missing, unknown, or has another type or shape than the model's.</exception>
    /// <exception cref="RunFailedException">Storage or a kernel failed; names the stage and its device. The session stays
    /// usable.</exception>
    /// <exception cref="OperationCanceledException">
    /// Cancelled, or the session was disposed meanwhile. Other runs in flight go on, and the session stays usable.
    /// </exception>
    public async Task<StagedResult> RunAsync(IReadOnlyDictionary<string, Tensor> inputs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ObjectDisposedException.ThrowIf(disposed != 0, this);
        PortBinding.Validate(graph.Inputs, inputs);
        return await RunFromAsync(inputs, clock.Arrive(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Runs the model once for each set of inputs, all asked for at one time: as soon as there is room in the first stage the next one
    /// enters. When one fails the others are cancelled and its cause is thrown.
    /// </summary>
    /// <param name="inputs">By run.</param>
    /// <param name="completed">Told of every run's outputs, one at a time; null for nobody.</param>
    /// <param name="cancellationToken">Cancels all.</param>
    /// <returns>How they went, in order.</returns>
    public async Task<ImmutableArray<StagedRun>> RunManyAsync(
        IReadOnlyList<IReadOnlyDictionary<string, Tensor>> inputs,
        Action<int, IReadOnlyDictionary<string, Tensor>>? completed = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ObjectDisposedException.ThrowIf(disposed != 0, this);
        foreach (IReadOnlyDictionary<string, Tensor> each in inputs)
        {
            PortBinding.Validate(graph.Inputs, each);
        }

        DeviceTime arrival = clock.Arrive();
        using var failing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var telling = new object();
        Task<StagedRun>[] runs = [.. inputs.Select((each, index) => OneAsync(each, index))];
        try
        {
            // Of runs that failed and runs that were cancelled because of them this throws a failed one's cause.
            return [.. await Task.WhenAll(runs).ConfigureAwait(false)];
        }
        catch (OperationCanceledException error) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(error.Message, error, cancellationToken);
        }

        async Task<StagedRun> OneAsync(IReadOnlyDictionary<string, Tensor> each, int index)
        {
            try
            {
                StagedResult result = await RunFromAsync(each, arrival, failing.Token).ConfigureAwait(false);
                lock (telling)
                {
                    completed?.Invoke(index, result.Outputs);
                }

                return result.Run;
            }
            catch
            {
                await failing.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>One report for runs of this session.</summary>
    /// <param name="alone">A run that had all stages to itself; of it the outputs are reported.</param>
    /// <param name="together">Runs of <see cref="RunManyAsync"/> with all stages busy; none, or several.</param>
    /// <exception cref="InvalidOperationException">Nothing has run yet.</exception>
    public StagedReport Report(StagedResult alone, ImmutableArray<StagedRun> together) => StagedReportBuilder.Build(
        this, first ?? throw new InvalidOperationException($"'{ModelName}' has not run yet"), alone, together);

    /// <summary>How a value crosses, as reports name it.</summary>
    internal string WayOf(Crossing crossing) => peers.Has(crossing) ? "peer" : "host";

    /// <summary>Cancels runs in flight, waits for them and frees all memory. The devices stay the caller's.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
        {
            return;
        }

        await closing.CancelAsync().ConfigureAwait(false);
        foreach (SemaphoreSlim place in places)
        {
            await place.WaitAsync().ConfigureAwait(false);
        }

        foreach (StreamingSession session in sessions)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }

        closing.Dispose();
        foreach (SemaphoreSlim place in places)
        {
            place.Dispose();
        }
    }

    private static async Task<StagedSession> OpenAsync(
        string path, StagedOptions options, IProgress<LoadProgress>? progress, CancellationToken cancellationToken)
    {
        using var model = StagedModel.Locate(path, options, graphOnly: false, progress);
        await model.PackAsync(progress, cancellationToken).ConfigureAwait(false);
        ImmutableArray<GraphStage> stages = model.Stages();
        var sessions = new List<StreamingSession>();
        try
        {
            foreach (GraphStage stage in stages)
            {
                IDevice device = options.Devices[stage.Index];

                // What crosses is not worth hashing; the session hashes outputs itself.
                SessionOptions session = options.Session with { Device = device, HashOutputs = false };
                LocatedModel located = model.Take(stage);
                try
                {
                    sessions.Add(StreamingSession.Open(located, session, device, null, progress, cancellationToken));
                }
                catch
                {
                    located.Dispose();
                    throw;
                }
            }

            return new StagedSession(model, stages, [.. sessions], options);
        }
        catch
        {
            foreach (StreamingSession session in sessions)
            {
                await session.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    private static void Require(StagedOptions options)
    {
        SessionOptions session = options.Session;
        if (options.Devices.Count == 0 || options.Devices.Distinct(ReferenceEqualityComparer.Instance).Count() != options.Devices.Count)
        {
            throw new UsageException(
                $"every stage needs an opened device of its own; {options.Devices.Count} are given: "
                + string.Join(", ", options.Devices.Select(device => device.Name)));
        }

        if (session.Device is not null || session.DeviceFactory is not null || session.Plan is not null || session.Pin.Count > 0
            || session.Located is not null)
        {
            throw new UsageException("a device, a plan, pinned weights and a located model belong to one device; stages have several");
        }

        if (options.Devices.Select(ModelOpening.NeedsFile).Distinct().Count() > 1)
        {
            throw new UsageException(
                "some of these devices simulate time only and others compute values, which would be missing: "
                + string.Join(", ", options.Devices.Select(device => device.Name)));
        }
    }

    private static bool IsTimingOnly(IReadOnlyList<IDevice> devices) => !ModelOpening.NeedsFile(devices[0]);

    /// <summary>What crosses where nothing is computed: as many bytes, all zero.</summary>
    private static Dictionary<string, Tensor> StandIns(ImmutableArray<GraphStage> stages)
    {
        var standIns = new Dictionary<string, Tensor>();
        foreach (GraphStage stage in stages)
        {
            foreach (GraphPort port in stage.Graph.Inputs.Where(port => stage.Arrivals.Any(crossing => crossing.Port == port.Name)))
            {
                standIns[port.Name] = Tensor.Create(port.Type, port.Shape);
            }
        }

        return standIns;
    }

    private async Task<StagedResult> RunFromAsync(
        IReadOnlyDictionary<string, Tensor> inputs, DeviceTime arrival, CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
        var values = new Dictionary<string, Tensor>(standIns ?? new Dictionary<string, Tensor>());
        var finished = new List<(DeviceTime Entered, DeviceTime Ready, FinishedRun Run)>(sessions.Length);
        DeviceTime ready = arrival;
        int behind = -1;
        int held = -1;
        try
        {
            for (int stage = 0; stage < sessions.Length; stage++)
            {
                await places[stage].WaitAsync(linked.Token).ConfigureAwait(false);
                (behind, held) = (held, stage);
                ready = clock.Enter(stage, ready);
                DeviceTime entered = ready;
                if (!peers.Reach(stage))
                {
                    LeaveBehind();
                }

                // What lies on the device before is copied from there, so that one is left a little later.
                DeviceTime before = Devices[stage].Now;
                FinishedRun result = await RunStageAsync(stage, inputs, values, LeaveBehind, linked.Token).ConfigureAwait(false);
                ready = clock.Finish(entered, Devices[stage].Now - before);
                finished.Add((entered, ready, result));
                foreach ((string name, Tensor value) in result.Execution.Outputs)
                {
                    values[name] = value;
                }

                DropAfter(stage, values);
            }

            clock.Complete(ready);
        }
        catch (OperationCanceledException error) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(error.Message, error, cancellationToken);
        }
        finally
        {
            LeaveBehind();
            if (held >= 0)
            {
                Leave(held, ready);
            }
        }

        void LeaveBehind()
        {
            if (behind >= 0)
            {
                Leave(behind, ready);
                behind = -1;
            }
        }

        // Reports take milliseconds to make; the stages have gone on to later runs.
        var run = new StagedRun([.. finished.Select((each, stage) =>
            new StageRun(each.Entered, each.Ready, sessions[stage].Describe(each.Run).Report))]);
        lock (remembering)
        {
            // Of runs in flight together a later one may be described earlier.
            first = first is null || run.End < first.End ? run : first;
        }

        return new StagedResult(OutputsOf(values), run);
    }

    private void Leave(int stage, DeviceTime time)
    {
        clock.Leave(stage, time);
        places[stage].Release();
    }

    private async Task<FinishedRun> RunStageAsync(
        int stage,
        IReadOnlyDictionary<string, Tensor> inputs,
        Dictionary<string, Tensor> values,
        Action taken,
        CancellationToken cancellationToken)
    {
        RunPorts ports = peers.PortsOf(stage, port => sessions[stage - 1].RangeOf(port)) with { Taken = taken };
        HashSet<string> arriving = [.. stages[stage].Arrivals.Select(crossing => crossing.Port)];
        Dictionary<string, Tensor> given = stages[stage].Graph.Inputs.Where(port => !ports.Sources.ContainsKey(port.Name)).ToDictionary(
            port => port.Name, port => arriving.Contains(port.Name) ? values[port.Name] : inputs[port.Name]);
        try
        {
            // A simulated device computes on the thread that waits for it: stages that overlap need threads of their own.
            return await Task
                .Run(() => sessions[stage].RunStageAsync(given, ports, cancellationToken), CancellationToken.None).ConfigureAwait(false);
        }
        catch (RunFailedException error)
        {
            throw new RunFailedException($"stage {stage + 1} of {sessions.Length} on {Devices[stage].Name}: {error.Message}", error);
        }
    }

    /// <summary>Lets go of values that no later stage takes.</summary>
    private void DropAfter(int stage, Dictionary<string, Tensor> values)
    {
        foreach (Crossing crossing in stages[stage].Arrivals)
        {
            if (!stages.Any(later => later.Index > stage && later.Arrivals.Any(other => other.Port == crossing.Port)))
            {
                values.Remove(crossing.Port);
            }
        }
    }

    private Dictionary<string, Tensor> OutputsOf(Dictionary<string, Tensor> values) => standIns is not null
        ? []
        : graph.Outputs.ToDictionary(port => port.Name, port => values[port.Name]);
}
