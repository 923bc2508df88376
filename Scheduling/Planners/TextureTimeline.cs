using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Predicts a run on a device with a texture tier. Three lanes work side by side: storage reads chunks in order, the link copies them in
/// order (a copy costs its start and its bytes), compute runs the steps. A read waits for the copy that frees its slot, a copy for its
/// chunks' bytes and for the steps before its own, a step for the copies of its chunks. A kernel that moves chunks itself takes at least
/// as long as its own traffic and then the moves.
/// </summary>
/// <remarks>
/// Loads and moves have one order and rise in steps, so one walk over them meets everything after what it waits for: whatever a load or a
/// move waits for belongs to steps before it, whose own chunks come earlier in the order.
/// </remarks>
internal sealed class TextureTimeline
{
    private readonly PlanProblem problem;
    private readonly PlanRates rates;
    private readonly Schedule schedule;
    private readonly bool first;
    private readonly bool awaitAll;
    private readonly RunTimeline run;
    private readonly double[] needed;
    private readonly long[] written;
    private readonly long[] carried;
    private readonly double[] movedMs;
    private double storage;
    private double transfer;
    private double parameters;
    private double end;
    private int reached;

    /// <param name="problem">Steps, chunks and rates.</param>
    /// <param name="schedule">What happens.</param>
    /// <param name="first">The first run, which loads parameters and retained chunks too.</param>
    /// <param name="awaitAll">Step 0 waits for everything.</param>
    public TextureTimeline(PlanProblem problem, Schedule schedule, bool first, bool awaitAll)
    {
        this.problem = problem;
        this.schedule = schedule;
        this.first = first;
        this.awaitAll = awaitAll;
        rates = problem.Rates;
        run = new RunTimeline(problem.Steps.Length) { ArrivalMs = new double[schedule.Loads.Length] };
        needed = new double[problem.Steps.Length];
        written = new long[problem.Steps.Length];
        carried = new long[problem.Steps.Length];
        movedMs = new double[schedule.Loads.Length];
    }

    public RunTimeline Run()
    {
        if (first && problem.ParametersBytes > 0)
        {
            storage = rates.StorageMs(problem.ParametersBytes);
            Copy(storage + rates.StorageLatencyMs, 0, problem.ParametersBytes);
            parameters = transfer;
            Need(0, transfer);
        }

        Fetch(0);
        foreach (PlacedMove move in schedule.Moves)
        {
            if (schedule.Loads[move.First].Retained && !first)
            {
                movedMs.AsSpan(move.First, move.Count).Fill(transfer);
            }
            else
            {
                Load(move);
                Move(move);
            }
        }

        RunBefore(problem.Steps.Length);
        run.TotalMs = end;
        return run;
    }

    private void Load(PlacedMove move)
    {
        for (int i = move.First; i < move.End; i++)
        {
            PlacedLoad load = schedule.Loads[i];
            RunBefore(load.Step);
            double free = load.Behind < 0 ? 0 : movedMs[load.Behind];
            free = Math.Max(free, load.Offset < problem.ParametersBytes ? parameters : 0);
            long bytes = problem.Chunks[load.Demand.Chunk].Bytes;
            storage = Math.Max(storage, Math.Max(end, free)) + rates.StorageMs(bytes);
            run.ArrivalMs[i] = storage + rates.StorageLatencyMs;
            written[load.Demand.First] += bytes;
        }
    }

    private void Move(PlacedMove move)
    {
        double arrived = run.ArrivalMs[move.End - 1];
        long bytes = 0;
        for (int i = move.First; i < move.End; i++)
        {
            bytes += problem.Chunks[schedule.Loads[i].Demand.Chunk].Bytes;
        }

        if (move.Mode == MoveMode.InKernel)
        {
            // Its loads' slots are free when the step is complete, which later loads wait for by their own step.
            Need(move.Step, arrived);
            carried[move.Step] += bytes;
            return;
        }

        RunBefore(move.Step);
        Copy(arrived, end, bytes);
        movedMs.AsSpan(move.First, move.Count).Fill(transfer);
        ChunkDemand demand = schedule.Loads[move.First].Demand;
        Need(awaitAll || problem.Chunks[demand.Chunk].IsPinned ? 0 : demand.First, transfer);
    }

    private void Copy(double arrived, double turn, long bytes) =>
        transfer = Math.Max(transfer, Math.Max(arrived, turn)) + rates.LaunchMs + rates.TransferMs(bytes);

    private void Need(int step, double ms) => needed[step] = Math.Max(needed[step], ms);

    /// <summary>Runs the steps before this one that have not run yet.</summary>
    private void RunBefore(int step)
    {
        for (; reached < step; Fetch(reached))
        {
            ProblemStep next = problem.Steps[reached];
            double start = Math.Max(end, needed[reached]);
            run.StallMs += start - end;
            run.StartMs[reached] = start;
            double alone = next.ComputeMs;
            double together = carried[reached] > 0 ? rates.TrafficMs(next.Bytes) + rates.TransferMs(carried[reached]) : 0;
            end = start + Math.Max(alone, together) + TimelineModel.ContentionMs(problem, written[reached]);
            run.EndMs[reached] = end;
            reached++;
        }
    }

    /// <summary>The rows that are fetched when it is a step's turn: those of the next step, and of the first.</summary>
    private void Fetch(int turn)
    {
        for (int step = turn == 0 ? 0 : turn + 1; step <= turn + 1 && step < problem.Steps.Length; step++)
        {
            if (problem.Steps[step].FetchBytes is > 0 and var bytes)
            {
                storage = Math.Max(storage, end) + rates.StorageMs(bytes);
                Copy(storage + rates.StorageLatencyMs, end, bytes);
                Need(step, transfer);
            }
        }
    }
}
