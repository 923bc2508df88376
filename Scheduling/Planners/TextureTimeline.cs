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
/// Step by step: when its turn has come, the fetches, reads and copies that may start with it are put on their lanes in their order, then
/// it runs. A read may wait for a copy of its own turn, never for one of a later turn.
/// </remarks>
internal sealed class TextureTimeline
{
    private readonly PlanProblem problem;
    private readonly PlanRates rates;
    private readonly Schedule schedule;
    private readonly bool first;
    private readonly bool awaitAll;
    private readonly double stretch;
    private readonly RunTimeline run;
    private readonly double[] needed;
    private readonly long[] written;
    private readonly long[] carried;
    private double storage;
    private double transfer;
    private double parameters;
    private double end;

    /// <param name="problem">Steps, chunks and rates.</param>
    /// <param name="schedule">What happens.</param>
    /// <param name="first">The first run, which loads parameters and retained chunks too.</param>
    /// <param name="awaitAll">Step 0 waits for everything.</param>
    /// <param name="stretch">By what kernels' times are multiplied.</param>
    public TextureTimeline(PlanProblem problem, Schedule schedule, bool first, bool awaitAll, double stretch)
    {
        this.stretch = stretch;
        this.problem = problem;
        this.schedule = schedule;
        this.first = first;
        this.awaitAll = awaitAll;
        rates = problem.Rates;
        int loads = schedule.Loads.Length;
        run = new RunTimeline(problem.Steps.Length, loads)
        {
            ReadableMs = new double[loads],
            ArrivalMs = new double[loads],
            CopyStartMs = new double[loads],
            CopyEndMs = new double[loads],
        };
        needed = new double[problem.Steps.Length];
        written = new long[problem.Steps.Length];
        carried = new long[problem.Steps.Length];
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

        int load = 0;
        int move = 0;
        for (int step = 0; step < problem.Steps.Length; step++)
        {
            Fetch(step);
            while (true)
            {
                if (move < schedule.Moves.Length && schedule.Moves[move].Step <= step && schedule.Moves[move].End <= load)
                {
                    Move(schedule.Moves[move++]);
                }
                else if (load < schedule.Loads.Length && schedule.Loads[load].Step <= step)
                {
                    Load(load++);
                }
                else
                {
                    break;
                }
            }

            Run(problem.Steps[step]);
        }

        run.TotalMs = end;
        return run;
    }

    private void Load(int index)
    {
        PlacedLoad load = schedule.Loads[index];
        if (load.Retained && !first)
        {
            return;
        }

        double free = load.Behind < 0 ? 0 : run.CopyEndMs[load.Behind];
        free = Math.Max(free, load.Offset < problem.ParametersBytes ? parameters : 0);
        long bytes = problem.Chunks[load.Demand.Chunk].Bytes;
        run.ReadableMs[index] = Math.Max(end, free);
        run.ReadMs[index] = Math.Max(storage, run.ReadableMs[index]);
        storage = run.ReadMs[index] + rates.StorageMs(bytes);
        run.ArrivalMs[index] = storage + rates.StorageLatencyMs;
        written[load.Demand.First] += bytes;
    }

    private void Move(PlacedMove move)
    {
        if (schedule.Loads[move.First].Retained && !first)
        {
            run.CopyEndMs.AsSpan(move.First, move.Count).Fill(transfer);
            return;
        }

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

        double start = Math.Max(transfer, Math.Max(arrived, end));
        Copy(arrived, end, bytes);
        run.CopyStartMs.AsSpan(move.First, move.Count).Fill(start);
        run.CopyEndMs.AsSpan(move.First, move.Count).Fill(transfer);
        ChunkDemand demand = schedule.Loads[move.First].Demand;
        Need(TimelineModel.WaitingFor(problem, demand, awaitAll), transfer);
    }

    private void Copy(double arrived, double turn, long bytes) =>
        transfer = Math.Max(transfer, Math.Max(arrived, turn)) + rates.LaunchMs + rates.TransferMs(bytes);

    private void Need(int step, double ms) => needed[step] = Math.Max(needed[step], ms);

    private void Run(ProblemStep step)
    {
        double start = Math.Max(end, needed[step.Index]);
        run.StallMs += start - end;
        run.StartMs[step.Index] = start;
        double together = carried[step.Index] > 0 ? rates.TrafficMs(step.Bytes) + rates.TransferMs(carried[step.Index]) : 0;
        end = start + Math.Max(step.ComputeMs * stretch, together) + TimelineModel.ContentionMs(rates, written[step.Index]);
        run.EndMs[step.Index] = end;
    }

    private void Fetch(int turn)
    {
        (int step, int behind) = TimelineModel.FetchedIn(problem, turn);
        for (; step < behind; step++)
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
