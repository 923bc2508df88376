using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

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
    private readonly bool[] retained;
    private readonly int[] firstStep;
    private readonly int[] lastStep;
    private readonly Dictionary<int, List<(int Kernel, RowFetch Fetch, bool Computed)>> fetchesAt = [];

    // State of the walk, by chunk: where it lies and which timeline value says that it is there (0: since an earlier run).
    private readonly MemoryRange?[] location;
    private readonly int[] arrival;
    private readonly int[] moved;
    private readonly Dictionary<int, int> fetchArrival = [];
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
        bool first)
    {
        this.model = model;
        this.plan = plan;
        this.memory = memory;
        this.kernels = kernels;
        this.checksums = checksums;
        this.first = first;
        retained = new bool[model.Layout.Chunks.Length];
        location = new MemoryRange?[retained.Length];
        arrival = new int[retained.Length];
        moved = new int[retained.Length];
        firstStep = new int[kernels.Length];
        lastStep = new int[kernels.Length];
        foreach (int chunk in plan.Retained)
        {
            retained[chunk] = true;
        }
    }

    /// <summary>
    /// Makes the commands of the first run, which loads everything, or of a later one, which finds retained chunks resident.
    /// </summary>
    public static RunSchedule Build(
        StreamedModel model,
        OverlapPlan plan,
        ModelMemory memory,
        ImmutableArray<ICompiledKernel> kernels,
        ChecksumPolicy checksums,
        bool first) => new ScheduleBuilder(model, plan, memory, kernels, checksums, first).Build();

    private bool ChecksThisRun => checksums == ChecksumPolicy.EveryRead || (first && checksums == ChecksumPolicy.FirstRead);

    private RunSchedule Build()
    {
        FindStepsOfKernels();
        PlaceFetches();
        if (!first)
        {
            PlaceRetained();
        }

        ImmutableArray<ScheduledRead> prologue = first ? ReadParameters() : [];
        var steps = ImmutableArray.CreateBuilder<ScheduledStep>(plan.Steps.Length);
        for (int t = 0; t < plan.Steps.Length; t++)
        {
            steps.Add(Step(t));
        }

        return new RunSchedule
        {
            Prologue = prologue,
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

        for (int t = 0; t < plan.Steps.Length; t++)
        {
            foreach (int chunk in plan.Steps[t].Moves.SelectMany(ChunksOf).Where(chunk => retained[chunk]))
            {
                location[chunk] = memory.Textures[t, chunk];
            }
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
        return [new ScheduledRead(new ReadCommand("parameters", offset, bytes, memory.Parameters, checksum), ++storageValue)];
    }

    private ScheduledStep Step(int t)
    {
        PlanStep step = plan.Steps[t];
        ImmutableArray<ScheduledFetch> fetches = fetchesAt.TryGetValue(t, out var due) ? [.. due.Select(Fetch)] : [];
        var reads = ImmutableArray.CreateBuilder<ScheduledRead>();
        if (t == 0)
        {
            AddReads(plan.Preloaded, reads);
        }

        int preloaded = storageValue;
        AddReads(step.Loads, reads);
        copies.Clear();
        var inKernel = ImmutableArray.CreateBuilder<CopyCommand>();
        int carried = Move(t, inKernel);
        (DispatchCommand command, int arrived, int transferred) = Dispatch(step);
        int mustArrive = Math.Max(arrived, carried);
        if (first && model.Layout.ParametersBytes > 0)
        {
            mustArrive = Math.Max(mustArrive, 1);
        }

        if (t == 0 && plan.AwaitPreload)
        {
            mustArrive = Math.Max(mustArrive, preloaded);
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

    private void AddReads(ImmutableArray<ChunkLoad> loads, ImmutableArray<ScheduledRead>.Builder reads)
    {
        foreach (ChunkLoad load in loads)
        {
            if (!first && retained[load.Chunk])
            {
                continue;
            }

            ChunkInfo chunk = model.Layout.Chunks[load.Chunk];
            MemoryRange slot = memory.Slot(chunk, load.Offset);
            var command = new ReadCommand(
                LabelOf(model, chunk.Id),
                model.DataOffset + chunk.FileOffset,
                chunk.Bytes,
                slot,
                ChecksThisRun ? model.ChunkChecksums[chunk.Id] : null);
            location[chunk.Id] = slot;
            arrival[chunk.Id] = ++storageValue;
            moved[chunk.Id] = 0;
            storageBytes += chunk.Bytes;
            reads.Add(new ScheduledRead(command, storageValue));
        }
    }

    /// <summary>Adds the step's moves; returns the storage value that those carried by the kernel itself must wait for.</summary>
    private int Move(int t, ImmutableArray<CopyCommand>.Builder inKernel)
    {
        int carried = 0;
        foreach (ChunkMove move in plan.Steps[t].Moves)
        {
            foreach (int chunk in ChunksOf(move))
            {
                if (!first && retained[chunk])
                {
                    continue;
                }

                MemoryRange source = Located(chunk) with { Bytes = model.Layout.Chunks[chunk].Bytes };
                MemoryRange target = memory.Textures[t, chunk];
                var copy = new CopyCommand(LabelOf(model, chunk), source, target);
                location[chunk] = target;
                if (move.Mode == MoveMode.InKernel)
                {
                    inKernel.Add(copy);
                    carried = Math.Max(carried, arrival[chunk]);
                }
                else
                {
                    copies.Add(new ScheduledCopy(copy, arrival[chunk], ++transferValue));
                    moved[chunk] = transferValue;
                }
            }
        }

        return carried;
    }

    private (DispatchCommand Command, int Arrival, int Moved) Dispatch(PlanStep step)
    {
        KernelNode kernel = model.Graph.Kernels[step.Kernel];
        int mustArrive = kernel.Fetch is null ? 0 : fetchArrival[kernel.Index];
        int mustMove = 0;
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
        MemoryRange targetRange = memory.Buffer(target);
        if (targetRange.Bytes < count * rows.RowBytes)
        {
            throw new ModelException(
                $"buffer '{model.Graph.Buffers[target].Name}' has {targetRange.Bytes} bytes for {count} rows of '{weight.Name}', "
                + $"which need {count * rows.RowBytes}");
        }

        var scheduled = new ScheduledFetch
        {
            Fetch = fetch,
            WeightName = weight.Name,
            Rows = rows,
            FileOffset = model.DataOffset + model.Layout.Weights[fetch.Weight].FileOffset,
            Target = targetRange,
            Ids = fetch.IdBuffer < 0 ? null : memory.Buffer(fetch.IdBuffer),
            IdInput = model.Graph.Inputs.FirstOrDefault(input => input.Buffer == fetch.IdBuffer)?.Name,
            IdsAreComputed = computed,
            IdCount = count,
            RowChecksum = ChecksThisRun ? row => model.RowChecksum(fetch.Weight, row) : null,
            BaseValue = storageValue,
        };
        storageValue += count;
        storageBytes += count * rows.RowBytes;
        fetchArrival[kernel] = storageValue;
        return scheduled;
    }

    private MemoryRange Located(int chunk) => location[chunk]
        ?? throw new VerificationException($"the plan uses chunk {chunk} ('{LabelOf(model, chunk)}') before it loads it");

    private static IEnumerable<int> ChunksOf(ChunkMove move) => Enumerable.Range(move.FirstChunk, move.Count);

    /// <summary>Weight and chunk, as traces and errors name them.</summary>
    internal static string LabelOf(StreamedModel model, int chunk)
    {
        ChunkInfo info = model.Layout.Chunks[chunk];
        string name = model.Graph.Weights[info.Weight].Name;
        return model.Layout.Weights[info.Weight].ChunkCount == 1 ? name : $"{name}[{info.Index}]";
    }
}
