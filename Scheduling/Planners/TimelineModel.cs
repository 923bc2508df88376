using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Predicts when reads and steps of a schedule happen. Storage is one lane that serves reads in order at its bandwidth; a read's bytes are
/// there one latency after its transfer. Compute is one lane; a step starts when the step before it is complete and its chunks are
/// there, and takes its roofline time plus the memory time that storage took from it by writing the chunks it uses. Embedding rows are
/// fetched on the same lane, just before the loads of the step ahead of the one that reads them. <see cref="TextureTimeline"/> does the
/// same for devices that move chunks to a texture tier, <see cref="SharedTimeline"/> where reads and kernels are known to slow each other.
/// </summary>
internal sealed class TimelineModel(PlanProblem problem)
{
    private readonly PlanRates rates = problem.Rates;

    /// <summary>Kernel times are estimates that real runs may exceed, and there is a texture tier for which that matters.</summary>
    public bool HasDoubt => problem.ComputeDoubt > 0 && !problem.ZeroCopy;

    /// <summary>The first run: parameters and every load.</summary>
    public RunTimeline FirstRun(Schedule schedule, bool awaitAll) => Run(schedule, first: true, awaitAll);

    /// <summary>A repeated run: parameters and retained chunks are resident.</summary>
    public RunTimeline RepeatedRun(Schedule schedule, bool awaitAll) => Run(schedule, first: false, awaitAll);

    /// <summary>
    /// A repeated run whose kernels take as long as <see cref="PlanProblem.ComputeDoubt"/> allows for, on a device with a texture tier.
    /// </summary>
    public RunTimeline DoubtedRun(Schedule schedule, bool awaitAll) =>
        new TextureTimeline(problem, schedule, first: false, awaitAll, 1 + problem.ComputeDoubt).Run();

    /// <summary>Steps whose rows are fetched when it is a step's turn: the next one, and in the first turn the first too.</summary>
    public static (int From, int To) FetchedIn(PlanProblem problem, int turn) =>
        (turn == 0 ? 0 : turn + 1, Math.Min(turn + 2, problem.Steps.Length));

    /// <summary>The step that waits for a load.</summary>
    public static int WaitingFor(PlanProblem problem, ChunkDemand demand, bool awaitAll) =>
        awaitAll || problem.Chunks[demand.Chunk].IsPinned ? 0 : demand.First;

    /// <summary>Memory time that storage takes from kernels by writing this many bytes.</summary>
    public static double ContentionMs(PlanRates rates, long bytes) => bytes / rates.MemoryBytesPerSecond * 1e3;

    private RunTimeline Run(Schedule schedule, bool first, bool awaitAll)
    {
        if (!problem.ZeroCopy)
        {
            return new TextureTimeline(problem, schedule, first, awaitAll, stretch: 1).Run();
        }

        if (problem.ReadsInterfere)
        {
            return new SharedTimeline(problem, schedule, first, awaitAll).Run();
        }

        var run = new RunTimeline(problem.Steps.Length, schedule.Loads.Length);
        var needed = new double[problem.Steps.Length];
        var written = new long[problem.Steps.Length];
        double storage = 0;
        if (first && problem.ParametersBytes > 0)
        {
            storage = rates.StorageMs(problem.ParametersBytes);
            needed[0] = storage + rates.StorageLatencyMs;
        }

        int next = 0;
        double end = 0;
        for (int t = 0; t < problem.Steps.Length; t++)
        {
            (int fetching, int behind) = FetchedIn(problem, t);
            for (; fetching < behind; fetching++)
            {
                if (problem.Steps[fetching].FetchBytes is > 0 and var fetched)
                {
                    storage = Math.Max(storage, end) + rates.StorageMs(fetched);
                    needed[fetching] = storage + rates.StorageLatencyMs;
                }
            }

            for (; next < schedule.Loads.Length && schedule.Loads[next].Step <= t; next++)
            {
                PlacedLoad load = schedule.Loads[next];
                if (!first && load.Retained)
                {
                    continue;
                }

                long bytes = problem.Chunks[load.Demand.Chunk].Bytes;
                run.ReadMs[next] = Math.Max(storage, end);
                storage = run.ReadMs[next] + rates.StorageMs(bytes);
                int user = WaitingFor(problem, load.Demand, awaitAll);
                needed[user] = Math.Max(needed[user], storage + rates.StorageLatencyMs);
                written[load.Demand.First] += bytes;
            }

            ProblemStep step = problem.Steps[t];
            double start = Math.Max(end, needed[t]);
            run.StallMs += start - end;
            run.StartMs[t] = start;
            end = start + step.ComputeMs + ContentionMs(rates, written[t]);
            run.EndMs[t] = end;
        }

        run.TotalMs = end;
        return run;
    }
}
