using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Storage;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Runtime.Execution;

/// <summary>
/// Walks a verified plan step by step and writes down the commands of a run. Storage serves reads in the order issued, so every read
/// whose turn comes earlier stands earlier: with that order a read that waits never holds back one that a step before it needs.
/// </summary>
internal sealed class ScheduleBuilder
{
    private readonly StreamedModel model;
    private readonly OverlapPlan plan;
    private readonly ModelMemory memory;
    private readonly ImmutableArray<ICompiledKernel> kernels;
    private readonly ChecksumPolicy checksums;
    private readonly bool first;
    private readonly LockedFile? file;
    private readonly Handover ahead;
    private readonly bool[] retained;
    private readonly int[] firstStep;
    private readonly int[] lastStep;
    private readonly Dictionary<int, List<(int Kernel, RowFetch Fetch, bool Computed)>> fetchesAt = [];

    // State of the walk, by chunk: where kernels find it, which timeline value says that it is there (0: since an earlier run), and where
    // it is staged until its move.
    private readonly MemoryRange?[] location;
    private readonly int[] arrival;
    private readonly int[] moved;
    private readonly MemoryRange?[] staged;
    private readonly StagingUse staging;
    private readonly Dictionary<int, int> numbered = [];
    private readonly Dictionary<int, int> fetchArrival = [];
    private readonly Dictionary<int, int> fetchMoved = [];
    private readonly List<ScheduledCopy> copies = [];
    private int storageValue;
    private int transferValue;
    private long storageBytes;

    private ScheduleBuilder(
        StreamedModel model,
        OverlapPlan plan,
        ModelMemory memory,
        ImmutableArray<ICompiledKernel> kernels,
        ChecksumPolicy checksums,
        bool first,
        LockedFile? file,
        Handover ahead)
    {
        this.model = model;
        this.file = file;
        this.ahead = ahead;
        this.plan = plan;
        this.memory = memory;
        this.kernels = kernels;
        this.checksums = checksums;
        this.first = first;
        retained = new bool[model.Layout.Chunks.Length];
        location = new MemoryRange?[retained.Length];
        arrival = new int[retained.Length];
        moved = new int[retained.Length];
        staged = new MemoryRange?[retained.Length];
        staging = new StagingUse(memory.ChunkArena);
        firstStep = new int[kernels.Length];
        lastStep = new int[kernels.Length];
        foreach (int chunk in plan.Retained)
        {
            retained[chunk] = true;
        }
    }

    /// <summary>
    /// Makes the commands of the first run, which loads everything, or of a later one, which finds retained chunks resident and, given the
    /// weight file in page-locked memory, copies straight from it instead of reading.
    /// </summary>
    public static RunSchedule Build(
        StreamedModel model,
        OverlapPlan plan,
        ModelMemory memory,
        ImmutableArray<ICompiledKernel> kernels,
        ChecksumPolicy checksums,
        bool first,
        LockedFile? file = null) =>
        new ScheduleBuilder(model, plan, memory, kernels, checksums, first, first ? null : file, Handover.None).Build();

    /// <summary>
    /// Makes the commands of a first run whose first loads and moves are issued earlier, under another model: they are in the prologue,
    /// after the parameters.
    /// </summary>
    public static RunSchedule BuildAhead(
        StreamedModel model,
        OverlapPlan plan,
        ModelMemory memory,
        ImmutableArray<ICompiledKernel> kernels,
        ChecksumPolicy checksums,
        Handover ahead) => new ScheduleBuilder(model, plan, memory, kernels, checksums, first: true, file: null, ahead).Build();

    private bool ChecksThisRun =>
        checksums == ChecksumPolicy.EveryRead || (first && checksums is not ChecksumPolicy.Never);

    private bool ChecksChunks => ChecksThisRun && !(checksums == ChecksumPolicy.NewFile && model.ChunksAreChecked);

    private RunSchedule Build()
    {
        FindStepsOfKernels();
        PlaceFetches();
        if (!first)
        {
            PlaceRetained();
        }

        ImmutableArray<ScheduledRead> prologue = first ? ReadParameters() : [];
        ImmutableArray<ScheduledCopy> prologueCopies = memory.ZeroCopy ? [] : [.. prologue.Select(CopyParameters)];
        (ImmutableArray<ScheduledRead> reads, ImmutableArray<ScheduledCopy> moves) = LoadAhead();
        var steps = ImmutableArray.CreateBuilder<ScheduledStep>(plan.Steps.Length);
        for (int t = 0; t < plan.Steps.Length; t++)
        {
            steps.Add(Step(t));
        }

        return new RunSchedule
        {
            Prologue = prologue.AddRange(reads),
            PrologueCopies = prologueCopies.AddRange(moves),
            Steps = steps.MoveToImmutable(),
            StorageValues = storageValue,
            TransferValues = transferValue,
            StorageBytes = storageBytes,
        };
    }

    private void FindStepsOfKernels()
    {
        Array.Fill(firstStep, -1);
        for (int t = 0; t < plan.Steps.Length; t++)
        {
            int kernel = plan.Steps[t].Kernel;
            firstStep[kernel] = firstStep[kernel] < 0 ? t : firstStep[kernel];
            lastStep[kernel] = t;
        }
    }

    /// <summary>
    /// The rows of kernel k have their bytes from kernel k - 1 on (see the activation layout), so the fetch's turn is the first step of
    /// k - 1; later when a kernel computes the ids.
    /// </summary>
    private void PlaceFetches()
    {
        foreach (KernelNode kernel in model.Graph.Kernels)
        {
            if (kernel.Fetch is not { } fetch)
            {
                continue;
            }

            int turn = firstStep[Math.Max(0, kernel.Index - 1)];
            bool computed = false;
            if (fetch.IdBuffer >= 0)
            {
                foreach (KernelNode writer in model.Graph.Kernels.AsSpan()[..kernel.Index])
                {
                    if (writer.Output == fetch.IdBuffer)
                    {
                        turn = Math.Max(turn, lastStep[writer.Index] + 1);
                        computed = true;
                    }
                }
            }

            if (!fetchesAt.TryGetValue(turn, out List<(int Kernel, RowFetch Fetch, bool Computed)>? list))
            {
                fetchesAt.Add(turn, list = []);
            }

            list.Add((kernel.Index, fetch, computed));
        }
    }

    private void PlaceRetained()
    {
        foreach (ChunkLoad load in plan.Steps.SelectMany(step => step.Loads).Concat(plan.Preloaded))
        {
            if (retained[load.Chunk])
            {
                location[load.Chunk] = memory.Slot(model.Layout.Chunks[load.Chunk], load.Offset);
            }
        }

        foreach (ChunkMove move in plan.Steps.SelectMany(step => step.Moves).Where(move => retained[move.FirstChunk]))
        {
            LocateOnDevice(move);
        }
    }

    private ImmutableArray<ScheduledRead> ReadParameters()
    {
        if (model.Layout.ParametersBytes == 0)
        {
            return [];
        }

        long offset = model.DataOffset + model.Layout.ParametersOffset;
        int bytes = checked((int)model.Layout.ParametersBytes);
        ulong? checksum = checksums == ChecksumPolicy.Never ? null : model.ParametersChecksum;
        storageBytes += bytes;
        MemoryRange target = memory.ZeroCopy ? memory.Parameters : memory.Staging(memory.Parameters.Bytes);
        return [new ScheduledRead(new ReadCommand($"{model.LabelPrefix}parameters", offset, bytes, target, checksum), ++storageValue)];
    }

    /// <summary>The block goes through the start of the unified arena, whose first loads wait for this copy.</summary>
    private ScheduledCopy CopyParameters(ScheduledRead read)
    {
        var copy = new ScheduledCopy(
            new CopyCommand(read.Command.Label, read.Command.Target, memory.Parameters), read.StorageValue, ++transferValue);
        staging.Moves(read.Command.Target, copy.TransferValue);
        return copy;
    }

    /// <summary>The first loads and moves of step 0, which come before its fetches: only the run itself knows the rows.</summary>
    private (ImmutableArray<ScheduledRead> Reads, ImmutableArray<ScheduledCopy> Copies) LoadAhead()
    {
        PlanStep step = plan.Steps[0] with { Moves = plan.Steps[0].Moves[..ahead.Moves.Length] };
        copies.Clear();
        int[] values = NumberCopies(step);
        var reads = ImmutableArray.CreateBuilder<ScheduledRead>();
        AddReads(plan.Preloaded.AddRange(plan.Steps[0].Loads)[..ahead.Loads.Length], reads);
        Move(step, values, ImmutableArray.CreateBuilder<CopyCommand>());
        return (reads.ToImmutable(), [.. copies]);
    }

    /// <summary>A step without what is loaded and moved ahead of step 0.</summary>
    private PlanStep Rest(int t) => t > 0 ? plan.Steps[t] : plan.Steps[0] with
    {
        Loads = plan.Steps[0].Loads[Math.Max(0, ahead.Loads.Length - plan.Preloaded.Length)..],
        Moves = plan.Steps[0].Moves[ahead.Moves.Length..],
    };

    private ScheduledStep Step(int t)
    {
        PlanStep step = Rest(t);
        copies.Clear();
        ImmutableArray<ScheduledFetch> fetches = fetchesAt.TryGetValue(t, out var due) ? [.. due.Select(Fetch)] : [];
        int[] moveValues = NumberCopies(step);
        var reads = ImmutableArray.CreateBuilder<ScheduledRead>();
        if (t == 0)
        {
            AddReads(plan.Preloaded[Math.Min(plan.Preloaded.Length, ahead.Loads.Length)..], reads);
        }

        int preloaded = storageValue;
        AddReads(step.Loads, reads);
        var inKernel = ImmutableArray.CreateBuilder<CopyCommand>();
        int carried = Move(step, moveValues, inKernel);
        (DispatchCommand command, int arrived, int transferred) = Dispatch(step);
        int mustArrive = Math.Max(arrived, carried);
        if (first && model.Layout.ParametersBytes > 0)
        {
            // The block is the first read of a run and, where it must be copied, the first copy.
            mustArrive = Math.Max(mustArrive, memory.ZeroCopy ? 1 : 0);
            transferred = Math.Max(transferred, memory.ZeroCopy ? 0 : 1);
        }

        if (t == 0 && plan.AwaitPreload)
        {
            mustArrive = Math.Max(mustArrive, preloaded);
            transferred = Math.Max(transferred, LastOfPreloaded(step, moveValues));
        }

        return new ScheduledStep
        {
            Fetches = fetches,
            Reads = reads.ToImmutable(),
            Copies = [.. copies],
            Command = inKernel.Count == 0 ? command : command with { Moves = inKernel.ToImmutable() },
            StorageValue = mustArrive,
            TransferValue = transferred,
        };
    }

    /// <summary>Transfer value with which the last preloaded chunk has been copied; 0 when none is copied in this run.</summary>
    private int LastOfPreloaded(PlanStep step, int[] moveValues)
    {
        var preloaded = plan.Preloaded.Select(load => load.Chunk).ToHashSet();
        int last = 0;
        for (int i = 0; i < moveValues.Length; i++)
        {
            last = preloaded.Contains(step.Moves[i].FirstChunk) ? Math.Max(last, moveValues[i]) : last;
        }

        return last;
    }

    /// <summary>
    /// Gives the step's copies their values on the transfer timeline before its reads are made: a read may take over the staging of a chunk
    /// that its own step copies. 0 stands for moves that are no copies of this run.
    /// </summary>
    private int[] NumberCopies(PlanStep step)
    {
        var values = new int[step.Moves.Length];
        numbered.Clear();
        for (int i = 0; i < values.Length; i++)
        {
            ChunkMove move = step.Moves[i];
            if (!IsSkipped(move.FirstChunk) && move.Mode == MoveMode.CopyQueue)
            {
                values[i] = ++transferValue;
                foreach (int chunk in ChunksOf(move))
                {
                    numbered.Add(chunk, transferValue);
                    if (file is null && staged[chunk] is { } slot)
                    {
                        staging.Moves(slot, transferValue);
                    }
                }
            }
        }

        return values;
    }

    private void AddReads(ImmutableArray<ChunkLoad> loads, ImmutableArray<ScheduledRead>.Builder reads)
    {
        foreach (ChunkLoad load in loads)
        {
            if (IsSkipped(load.Chunk))
            {
                continue;
            }

            ChunkInfo chunk = model.Layout.Chunks[load.Chunk];
            storageBytes += chunk.Bytes;
            if (file is { } weights)
            {
                // Chunks of a weight lie side by side there as they do where they are staged, so one copy takes several.
                staged[chunk.Id] = weights.At(model.DataOffset + chunk.FileOffset, chunk.SlotBytes);
                moved[chunk.Id] = 0;
                continue;
            }

            MemoryRange slot = memory.Slot(chunk, load.Offset);
            var command = new ReadCommand(
                LabelOf(model, chunk.Id),
                model.DataOffset + chunk.FileOffset,
                chunk.Bytes,
                slot,
                ChecksChunks ? model.ChunkChecksums[chunk.Id] : null);
            arrival[chunk.Id] = ++storageValue;
            moved[chunk.Id] = 0;
            if (memory.ZeroCopy)
            {
                location[chunk.Id] = slot;
                reads.Add(new ScheduledRead(command, storageValue));
            }
            else
            {
                staged[chunk.Id] = slot;
                reads.Add(new ScheduledRead(command, storageValue, staging.FreeAt(slot)));
                staging.Moves(slot, numbered.GetValueOrDefault(chunk.Id));
            }
        }
    }

    /// <summary>Adds the step's moves; returns the storage value that those carried by the kernel itself must wait for.</summary>
    private int Move(PlanStep step, int[] values, ImmutableArray<CopyCommand>.Builder inKernel)
    {
        int carried = 0;
        for (int i = 0; i < step.Moves.Length; i++)
        {
            ChunkMove move = step.Moves[i];
            if (IsSkipped(move.FirstChunk))
            {
                continue;
            }

            // The verifier has seen that the chunks lie side by side: one copy takes their slots as they are.
            long bytes = ChunksOf(move).Sum(chunk => model.Layout.Chunks[chunk].SlotBytes);
            int arrived = ChunksOf(move).Max(chunk => arrival[chunk]);
            MemoryRange source = Staged(move.FirstChunk) with { Bytes = bytes };
            var copy = new CopyCommand(LabelOf(model, move), source, memory.OnDevice(move.Weight, move.Offset, bytes));
            LocateOnDevice(move);
            if (move.Mode == MoveMode.InKernel)
            {
                inKernel.Add(copy);
                carried = Math.Max(carried, arrived);
            }
            else
            {
                copies.Add(new ScheduledCopy(copy, arrived, values[i]));
                foreach (int chunk in ChunksOf(move))
                {
                    moved[chunk] = values[i];
                }
            }
        }

        return carried;
    }

    /// <summary>
    /// From here on kernels find the chunks on the device; what says that they are there is the copy, no longer the read.
    /// </summary>
    private void LocateOnDevice(ChunkMove move)
    {
        long offset = move.Offset;
        foreach (int chunk in ChunksOf(move))
        {
            long slot = model.Layout.Chunks[chunk].SlotBytes;
            location[chunk] = memory.OnDevice(move.Weight, offset, slot);
            staged[chunk] = null;
            arrival[chunk] = 0;
            offset += slot;
        }
    }

    private bool IsSkipped(int chunk) => !first && retained[chunk];

    private (DispatchCommand Command, int Arrival, int Moved) Dispatch(PlanStep step)
    {
        KernelNode kernel = model.Graph.Kernels[step.Kernel];
        int mustArrive = kernel.Fetch is null || !memory.ZeroCopy ? 0 : fetchArrival[kernel.Index];
        int mustMove = fetchMoved.GetValueOrDefault(kernel.Index);
        MemoryRange Use(int chunk)
        {
            mustArrive = Math.Max(mustArrive, arrival[chunk]);
            mustMove = Math.Max(mustMove, moved[chunk]);
            return Located(chunk) with { Bytes = model.Layout.Chunks[chunk].Bytes };
        }

        MemoryRange Bind(Operand operand)
        {
            if (operand.Kind == OperandKind.Buffer)
            {
                return memory.Buffer(operand.Id);
            }

            WeightPlacement linear = model.Layout.Weights[operand.Id];
            return linear.FirstChunk < 0 ? memory.Parameter(operand.Id) : Use(linear.FirstChunk);
        }

        ImmutableArray<MemoryRange> inputs = [.. kernel.Inputs.Select(Bind)];
        ImmutableArray<MemoryRange> chunks = [];
        int panelsPerChunk = 0;
        if (kernel.PanelWeight >= 0)
        {
            WeightPlacement panels = model.Layout.Weights[kernel.PanelWeight];
            panelsPerChunk = panels.PanelsPerChunk;
            int start = panels.FirstChunk + (step.Panels.Start / panelsPerChunk);
            int end = panels.FirstChunk + ((step.Panels.End + panelsPerChunk - 1) / panelsPerChunk);
            chunks = [.. Enumerable.Range(start, end - start).Select(Use)];
        }

        var command = new DispatchCommand
        {
            Kernel = kernels[step.Kernel],
            Inputs = inputs,
            Output = memory.Buffer(kernel.Output),
            Panels = kernel.PanelWeight >= 0 ? step.Panels : default,
            WeightChunks = chunks,
            PanelsPerChunk = panelsPerChunk,
        };
        return (command, mustArrive, mustMove);
    }

    private ScheduledFetch Fetch((int Kernel, RowFetch Fetch, bool Computed) due)
    {
        (int kernel, RowFetch fetch, bool computed) = due;
        KernelWeight weight = model.Graph.Weights[fetch.Weight];
        var rows = (RowWeight)weight.Storage;
        int count = checked((int)(fetch.IdBuffer < 0 ? fetch.ConstantIds.Length : fetch.IdView!.ElementCount));
        int target = model.Graph.Kernels[kernel].Inputs[0].Id;
        MemoryRange buffer = memory.Buffer(target);
        long bytes = count * rows.RowBytes;
        if (buffer.Bytes < bytes)
        {
            throw new ModelException(
                $"buffer '{model.Graph.Buffers[target].Name}' has {buffer.Bytes} bytes for {count} rows of '{weight.Name}', "
                + $"which need {bytes}");
        }

        var scheduled = new ScheduledFetch
        {
            Fetch = fetch,
            WeightName = weight.Name,
            Rows = rows,
            FileOffset = model.DataOffset + model.Layout.Weights[fetch.Weight].FileOffset,
            Target = memory.ZeroCopy ? buffer : memory.Rows(kernel, bytes),
            Ids = fetch.IdBuffer < 0 ? null : memory.Buffer(fetch.IdBuffer),
            IdInput = model.Graph.Inputs.FirstOrDefault(input => input.Buffer == fetch.IdBuffer)?.Name,
            IdsAreComputed = computed,
            IdCount = count,
            RowChecksum = ChecksThisRun ? row => model.RowChecksum(fetch.Weight, row) : null,
            BaseValue = storageValue,
        };
        storageValue += count;
        storageBytes += bytes;
        fetchArrival[kernel] = storageValue;
        if (!memory.ZeroCopy && bytes > 0)
        {
            fetchMoved[kernel] = ++transferValue;
            var copy = new CopyCommand(weight.Name, scheduled.Target, buffer with { Bytes = bytes });
            copies.Add(new ScheduledCopy(copy, storageValue, transferValue));
        }

        return scheduled;
    }

    private MemoryRange Staged(int chunk) => staged[chunk]
        ?? throw new VerificationException($"the plan moves chunk {chunk} ('{LabelOf(model, chunk)}') before it loads it");

    private MemoryRange Located(int chunk) => location[chunk]
        ?? throw new VerificationException($"the plan uses chunk {chunk} ('{LabelOf(model, chunk)}') before it loads it");

    private static IEnumerable<int> ChunksOf(ChunkMove move) => Enumerable.Range(move.FirstChunk, move.Count);

    /// <summary>Weight and chunks, as traces name a move.</summary>
    internal static string LabelOf(StreamedModel model, ChunkMove move)
    {
        string label = LabelOf(model, move.FirstChunk);
        return move.Count == 1
            ? label
            : $"{model.LabelPrefix}{model.Graph.Weights[move.Weight].Name}[{model.Layout.Chunks[move.FirstChunk].Index}"
                + $"..{model.Layout.Chunks[move.FirstChunk + move.Count - 1].Index}]";
    }

    /// <summary>Weight and chunk, as traces and errors name them.</summary>
    internal static string LabelOf(StreamedModel model, int chunk)
    {
        ChunkInfo info = model.Layout.Chunks[chunk];
        string name = model.LabelPrefix + model.Graph.Weights[info.Weight].Name;
        return model.Layout.Weights[info.Weight].ChunkCount == 1 ? name : $"{name}[{info.Index}]";
    }
}
