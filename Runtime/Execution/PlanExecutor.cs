using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Sessions;
using FlashMem.Runtime.Storage;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Runtime.Execution;

/// <summary>
/// Turns a plan and a kernel graph into commands on a device. It has no clock and no thread and knows no backend: it enqueues a whole run
/// ahead with waits and signals on three timelines and then awaits the last step. It owns the memory that it takes from the budget, but
/// neither device, storage nor budget. One run at a time; the caller serialises.
/// </summary>
/// <remarks>
/// <para>Timelines: <c>compute</c> counts completed steps, <c>storage</c> completed reads in issue order, <c>transfer</c> completed
/// copies. They go on counting from run to run.</para>
/// <para>No wait can be for something issued later in this order: reads of step 0, copies of step 0, kernel of step 0, reads of step 1 and
/// so on, except that a read may wait for a copy of its own step; the verifier has made sure that such a copy waits only for reads before
/// it. So a run cannot come to a halt.</para>
/// <para>A run that fails or is cancelled fails its timelines, waits until queues and storage have let go of the memory, and leaves the
/// executor usable: the next run is like the first and loads everything again. Only if the queues cannot be drained is the executor
/// lost; then every later run throws that cause.</para>
/// </remarks>
public sealed class PlanExecutor : IDisposable
{
    private readonly StreamedModel model;
    private readonly OverlapPlan plan;
    private readonly IDevice device;
    private readonly IWeightStorage storage;
    private readonly ModelMemory memory;
    private readonly ImmutableArray<ICompiledKernel> kernels;
    private readonly ChecksumPolicy checksums;
    private readonly bool hasValues;
    private readonly TimePoint[] waits = new TimePoint[4];
    private RunSchedule? firstSchedule;
    private RunSchedule? aheadSchedule;
    private RunSchedule? laterSchedule;
    private LockedFile? file;
    private int issuedReads;
    private int issuedCopies;
    private Timelines timelines;
    private bool resident;
    private Exception? lost;

    /// <summary>Allocates all memory and makes all kernels ready. Reads nothing.</summary>
    /// <param name="model">The weight file's contents; the plan must have been verified against it.</param>
    /// <param name="plan">What to do when.</param>
    /// <param name="device">Where to run.</param>
    /// <param name="storage">Reads the model's weight file.</param>
    /// <param name="budget">Where all memory comes from.</param>
    /// <param name="checksums">When to check what was read.</param>
    /// <exception cref="BudgetException">The budget is below what the plan allocates.</exception>
    public PlanExecutor(
        StreamedModel model,
        OverlapPlan plan,
        IDevice device,
        IWeightStorage storage,
        MemoryBudget budget,
        ChecksumPolicy checksums = ChecksumPolicy.FirstRead)
    {
        this.model = model;
        this.plan = plan;
        this.device = device;
        this.storage = storage;
        this.checksums = checksums;
        hasValues = device is not ISimulatedDevice { HasValues: false };
        PlanIdentity.Require(plan, model);
        memory = new ModelMemory(model, plan, ActivationLayout.Compute(model.Graph), device.Capabilities, budget);
        try
        {
            kernels = Prepare(model, plan, device);
            firstSchedule = ScheduleBuilder.Build(model, plan, memory, kernels, checksums, first: true);
        }
        catch
        {
            memory.Dispose();
            throw;
        }

        timelines = new Timelines(device);
    }

    /// <summary>Runs in memory that it is given and then owns, with kernels that are ready.</summary>
    internal PlanExecutor(
        StreamedModel model,
        OverlapPlan plan,
        IDevice device,
        IWeightStorage storage,
        ModelMemory memory,
        ImmutableArray<ICompiledKernel> kernels,
        ChecksumPolicy checksums)
    {
        this.model = model;
        this.plan = plan;
        this.device = device;
        this.storage = storage;
        this.memory = memory;
        this.kernels = kernels;
        this.checksums = checksums;
        hasValues = device is not ISimulatedDevice { HasValues: false };
        PlanIdentity.Require(plan, model);
        timelines = new Timelines(device);
    }

    /// <summary>None where the device computes no values.</summary>
    private ImmutableArray<GraphPort> Outputs => hasValues ? model.Graph.Outputs : [];

    /// <summary>True when the next run must load everything: before the first run and after a failed one.</summary>
    public bool NextRunIsFirst => !resident;

    /// <summary>Something was loaded ahead for a run that has not begun.</summary>
    internal bool IsLoadingAhead => aheadSchedule is not null;

    /// <summary>Makes a model's kernels ready to follow a plan.</summary>
    internal static ImmutableArray<ICompiledKernel> Prepare(StreamedModel model, OverlapPlan plan, IDevice device)
    {
        HashSet<int> carriers =
            [.. plan.Steps.Where(step => step.Moves.Any(move => move.Mode == MoveMode.InKernel)).Select(step => step.Kernel)];
        return
        [
            .. model.Graph.Kernels.Select(kernel =>
                device.Prepare(kernel.Desc, carriers.Contains(kernel.Index) ? model.Graph.PanelType : null)),
        ];
    }

    /// <summary>
    /// Issues what the next run, a first one, loads under the tail of another model's run when that one reaches a turn: its commands up to
    /// there have been issued, those from there on come behind what is issued here.
    /// </summary>
    /// <param name="handover">What, and after which steps of the other run.</param>
    /// <param name="turn">The other run's next step to issue.</param>
    /// <param name="before">The model that runs now.</param>
    internal void LoadAhead(Handover handover, int turn, PlanExecutor before)
    {
        aheadSchedule ??= ScheduleBuilder.BuildAhead(model, plan, memory, kernels, checksums, handover);
        int parameters = aheadSchedule.Prologue.Length - handover.Loads.Length;
        for (int i = 0; i < aheadSchedule.Prologue.Length; i++)
        {
            AheadCommand when = i < parameters ? handover.Parameters : handover.Loads[i - parameters];
            if (when.Turn != turn)
            {
                continue;
            }

            ScheduledRead read = aheadSchedule.Prologue[i];
            int count = before.AddTailWaits(waits, when.Gate);
            AddWait(ref count, timelines.Transfer, timelines.TransferBase, read.TransferValue);
            storage.Read(read.Command, waits.AsSpan(0, count), timelines.Storage.At(timelines.StorageBase + (ulong)read.StorageValue));
        }

        parameters = aheadSchedule.PrologueCopies.Length - handover.Moves.Length;
        for (int i = 0; i < aheadSchedule.PrologueCopies.Length; i++)
        {
            AheadCommand when = i < parameters ? handover.Parameters : handover.Moves[i - parameters];
            if (when.Turn != turn)
            {
                continue;
            }

            ScheduledCopy copy = aheadSchedule.PrologueCopies[i];
            int count = before.AddTailWaits(waits, when.Gate);
            AddWait(ref count, timelines.Storage, timelines.StorageBase, copy.StorageValue);
            device.TransferQueue.Copy(
                copy.Command, waits.AsSpan(0, count), timelines.Transfer.At(timelines.TransferBase + (ulong)copy.TransferValue));
        }
    }

    /// <summary>Gives up what was loaded ahead; completes when nothing that was issued can touch the memory any more.</summary>
    internal async Task AbandonAsync(Exception cause)
    {
        timelines.Fail(cause);
        aheadSchedule = null;
        await RecoverAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Runs the model once. Throws <see cref="UsageException"/> before anything starts when the inputs do not fit,
    /// <see cref="RunFailedException"/> when storage or a kernel fails, <see cref="OperationCanceledException"/> when cancelled: reads and
    /// kernels in progress end, the rest does not start.
    /// </summary>
    public Task<ExecutionResult> RunAsync(IReadOnlyDictionary<string, Tensor> inputs, CancellationToken cancellationToken = default) =>
        RunAsync(inputs, RunPorts.None, turn: null, cancellationToken);

    /// <summary>
    /// The same; <paramref name="turn"/> is called before the commands of every step are issued, and with the number of steps behind the
    /// last.
    /// </summary>
    /// <param name="inputs">Those that pass through the caller's memory.</param>
    /// <param name="ports">Where they and the outputs are.</param>
    /// <param name="turn">Null for nobody.</param>
    /// <param name="cancellationToken">What is in progress ends, the rest does not start.</param>
    internal async Task<ExecutionResult> RunAsync(
        IReadOnlyDictionary<string, Tensor> inputs, RunPorts ports, Action<int>? turn, CancellationToken cancellationToken)
    {
        if (lost is not null)
        {
            throw new RunFailedException($"the executor was lost in an earlier run: {lost.Message}", lost);
        }

        GraphPort[] written = [.. model.Graph.Inputs.Where(port => !ports.Sources.ContainsKey(port.Name))];
        GraphPort[] read = [.. Outputs.Where(port => !ports.Kept.Contains(port.Name))];
        PortBinding.Validate(written, inputs);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (GraphPort port in written)
        {
            PortBinding.Write(port, memory.Buffer(port.Buffer), inputs[port.Name]);
        }

        bool first = !resident;
        RunSchedule schedule = first
            ? aheadSchedule ?? (firstSchedule ??= ScheduleBuilder.Build(model, plan, memory, kernels, checksums, first: true))
            : laterSchedule ??= ScheduleBuilder.Build(model, plan, memory, kernels, checksums, first: false, file);

        // Ids that come from another device are known once they are here; all others are looked at before anything starts.
        Dictionary<ScheduledFetch, ScheduledRead[]>? rows = ports.Sources.IsEmpty ? PlanKnownFetches(schedule) : null;
        Timelines run = timelines;
        Task<Tensor[]> outputs = Task.Run(() => read.Select(port => PortBinding.Allocate(port, ports.Reused)).ToArray(), CancellationToken.None);
        try
        {
            using CancellationTokenRegistration cancel = cancellationToken.Register(
                () => run.Fail(new OperationCanceledException("the run was cancelled", cancellationToken)));
            await CopyFromPeersAsync(ports).ConfigureAwait(false);
            await IssueAsync(schedule, rows ?? PlanKnownFetches(schedule), turn).ConfigureAwait(false);
            await run.Compute.WaitAsync(run.ComputeBase + (ulong)schedule.Steps.Length).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            run.Fail(error);
            resident = false;
            aheadSchedule = null;
            await RecoverAsync().ConfigureAwait(false);
            if (error is FlashMemException or OperationCanceledException)
            {
                throw;
            }

            throw new RunFailedException($"model '{model.Graph.ModelName}': {error.Message}", error);
        }

        run.Advance(schedule);
        resident = true;
        aheadSchedule = null;
        if (run.IsFailed)
        {
            // Cancelled between the last step and here: the run is good and nothing is left in flight, but these timelines are final.
            timelines = new Timelines(device);
        }

        return new ExecutionResult(ReadOutputs(read, await outputs.ConfigureAwait(false)), first, schedule.StorageBytes);
    }

    /// <summary>From now on runs that do not load everything copy from the weight file's chunks in page-locked memory.</summary>
    internal void CopyFrom(LockedFile weightFile)
    {
        file = weightFile;
        laterSchedule = null;
    }

    /// <summary>Frees the memory. No run may be in progress.</summary>
    public void Dispose() => memory.Dispose();

    /// <summary>Where an output lies between the end of a run and the start of the next.</summary>
    internal MemoryRange RangeOf(string output) =>
        memory.Buffer(model.Graph.Outputs.First(port => port.Name == output).Buffer);

    /// <summary>
    /// Ids of fetched rows may be among what is copied, and the sources are someone else's memory, so this is waited for.
    /// </summary>
    private async Task CopyFromPeersAsync(RunPorts ports)
    {
        if (ports.Sources.IsEmpty)
        {
            return;
        }

        Timeline arrivals = device.CreateTimeline("peer");
        ulong copies = 0;
        foreach (GraphPort port in model.Graph.Inputs)
        {
            if (ports.Sources.TryGetValue(port.Name, out MemoryRange source))
            {
                var command = new CopyCommand($"{port.Name} from another device", source, memory.Buffer(port.Buffer));
                device.TransferQueue.Copy(command, [], arrivals.At(++copies));
            }
        }

        await arrivals.WaitAsync(copies).ConfigureAwait(false);
        ports.Taken?.Invoke();
    }

    private Dictionary<string, Tensor> ReadOutputs(GraphPort[] ports, Tensor[] tensors)
    {
        if (device is ISimulatedDevice { HasValues: false } simulated)
        {
            simulated.PassHostRead(model.Graph.Outputs.Sum(port => port.Shape.ElementCount * port.View.Type.SizeInBytes()));
        }

        var outputs = new Dictionary<string, Tensor>(tensors.Length);
        for (int i = 0; i < tensors.Length; i++)
        {
            GraphPort port = ports[i];
            outputs.Add(port.Name, PortBinding.Read(port, memory.Buffer(port.Buffer), tensors[i]));
        }

        return outputs;
    }

    private static Dictionary<ScheduledFetch, ScheduledRead[]> PlanKnownFetches(RunSchedule schedule)
    {
        var rows = new Dictionary<ScheduledFetch, ScheduledRead[]>();
        foreach (ScheduledStep step in schedule.Steps)
        {
            foreach (ScheduledFetch fetch in step.Fetches)
            {
                if (!fetch.IdsAreComputed)
                {
                    rows.Add(fetch, [.. RowReads.Plan(fetch, RowReads.IdsOf(fetch))]);
                }
            }
        }

        return rows;
    }

    private async Task IssueAsync(RunSchedule schedule, Dictionary<ScheduledFetch, ScheduledRead[]> rows, Action<int>? turn)
    {
        issuedReads = schedule.Prologue.Select(read => read.StorageValue).DefaultIfEmpty().Last();
        issuedCopies = schedule.PrologueCopies.Select(copy => copy.TransferValue).DefaultIfEmpty().Last();
        if (schedule != aheadSchedule)
        {
            foreach (ScheduledRead read in schedule.Prologue)
            {
                Issue(read, 0);
            }

            foreach (ScheduledCopy copy in schedule.PrologueCopies)
            {
                Issue(copy, 0);
            }
        }

        for (int t = 0; t < schedule.Steps.Length; t++)
        {
            turn?.Invoke(t);
            ScheduledStep step = schedule.Steps[t];
            foreach (ScheduledFetch fetch in step.Fetches)
            {
                if (fetch.IdsAreComputed)
                {
                    await timelines.Compute.WaitAsync(timelines.ComputeBase + (ulong)t).ConfigureAwait(false);
                    rows[fetch] = [.. RowReads.Plan(fetch, hasValues ? RowReads.IdsOf(fetch) : RowReads.AssumedIds(fetch))];
                }
            }

            Issue(step, t, rows);
        }

        turn?.Invoke(schedule.Steps.Length);
    }

    private void Issue(ScheduledStep step, int t, Dictionary<ScheduledFetch, ScheduledRead[]> rows)
    {
        foreach (ScheduledFetch fetch in step.Fetches)
        {
            foreach (ScheduledRead read in rows[fetch])
            {
                Issue(read, t);
            }
        }

        foreach (ScheduledRead read in step.Reads)
        {
            Issue(read, t);
        }

        foreach (ScheduledCopy copy in step.Copies)
        {
            Issue(copy, t);
        }

        // The queue is in order; waiting for the step before as well makes a failed or cancelled run skip what has not started.
        int waitCount = 0;
        AddWait(ref waitCount, timelines.Storage, timelines.StorageBase, step.StorageValue);
        AddWait(ref waitCount, timelines.Transfer, timelines.TransferBase, step.TransferValue);
        AddWait(ref waitCount, timelines.Compute, timelines.ComputeBase, t);
        device.ComputeQueue.Dispatch(
            step.Command, waits.AsSpan(0, waitCount), timelines.Compute.At(timelines.ComputeBase + (ulong)t + 1));
    }

    private void Issue(ScheduledRead read, int t)
    {
        int count = 0;
        issuedReads = read.StorageValue;
        AddWait(ref count, timelines.Compute, timelines.ComputeBase, t);
        AddWait(ref count, timelines.Transfer, timelines.TransferBase, read.TransferValue);
        storage.Read(read.Command, waits.AsSpan(0, count), timelines.Storage.At(timelines.StorageBase + (ulong)read.StorageValue));
    }

    private void Issue(ScheduledCopy copy, int t)
    {
        int count = 0;
        issuedCopies = copy.TransferValue;
        AddWait(ref count, timelines.Compute, timelines.ComputeBase, t);
        AddWait(ref count, timelines.Storage, timelines.StorageBase, copy.StorageValue);
        device.TransferQueue.Copy(
            copy.Command, waits.AsSpan(0, count), timelines.Transfer.At(timelines.TransferBase + (ulong)copy.TransferValue));
    }

    /// <summary>Adds a wait for a value of this run; 0 needs none, because the run before is complete.</summary>
    private void AddWait(ref int count, Timeline timeline, ulong start, int value)
    {
        if (value > 0)
        {
            waits[count++] = timeline.At(start + (ulong)value);
        }
    }

    /// <summary>Waits for so many steps of the run in progress, and for all of its reads and copies that have been issued.</summary>
    private int AddTailWaits(TimePoint[] target, int steps)
    {
        int count = 0;
        Add(timelines.Compute, timelines.ComputeBase, steps);
        Add(timelines.Storage, timelines.StorageBase, issuedReads);
        Add(timelines.Transfer, timelines.TransferBase, issuedCopies);
        return count;

        void Add(Timeline timeline, ulong start, int value)
        {
            if (value > 0)
            {
                target[count++] = timeline.At(start + (ulong)value);
            }
        }
    }

    /// <summary>Waits until nothing that was issued can touch the memory any more, then starts counting afresh.</summary>
    private async Task RecoverAsync()
    {
        try
        {
            var barrier = new Timelines(device);
            var nothing = new CopyCommand("end of a failed run", memory.Nothing, memory.Nothing);
            device.ComputeQueue.Copy(nothing, [], barrier.Compute.At(1));
            device.TransferQueue.Copy(nothing, [], barrier.Transfer.At(1));
            await barrier.Compute.WaitAsync(1).ConfigureAwait(false);
            await barrier.Transfer.WaitAsync(1).ConfigureAwait(false);
            await storage.DrainAsync().ConfigureAwait(false);
            timelines = new Timelines(device);
        }
        catch (Exception error)
        {
            lost = error;
        }
    }
}
