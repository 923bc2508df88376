using FlashMem.Abstractions.Devices;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Predicts a run on a zero-copy device whose kernels and reads slow each other. Two lanes work side by side, storage in order of issue and
/// compute in order of steps; while both work, each is slower by its factor, and a kernel is held up by every read that starts beside it. So
/// hiding a read is not free: it may cost as much as waiting for it.
/// </summary>
/// <param name="problem">Steps, chunks, rates and how reads interfere.</param>
/// <param name="schedule">What happens.</param>
/// <param name="first">The first run, which loads parameters and retained chunks too.</param>
/// <param name="awaitAll">Step 0 waits for everything.</param>
internal sealed class SharedTimeline(PlanProblem problem, Schedule schedule, bool first, bool awaitAll)
{
    private const int NoLoad = -1;

    private readonly RunTimeline run = new(problem.Steps.Length, schedule.Loads.Length);
    private readonly Queue<Read> waiting = new();
    private readonly int[] missing = new int[problem.Steps.Length];
    private readonly double[] arrivals = new double[problem.Steps.Length];
    private double now;
    private double remaining;
    private bool reading;

    public RunTimeline Run()
    {
        if (first && problem.ParametersBytes > 0)
        {
            Issue(problem.ParametersBytes, 0, NoLoad);
        }

        int load = 0;
        for (int step = 0; step < problem.Steps.Length; step++)
        {
            (int fetching, int behind) = TimelineModel.FetchedIn(problem, step);
            for (; fetching < behind; fetching++)
            {
                if (problem.Steps[fetching].FetchBytes is > 0 and var bytes)
                {
                    Issue(bytes, fetching, NoLoad);
                }
            }

            for (; load < schedule.Loads.Length && schedule.Loads[load].Step <= step; load++)
            {
                ChunkDemand demand = schedule.Loads[load].Demand;
                if (first || !schedule.Loads[load].Retained)
                {
                    Issue(problem.Chunks[demand.Chunk].Bytes, TimelineModel.WaitingFor(problem, demand, awaitAll), load);
                }
            }

            double turn = now;
            Await(step);
            run.StallMs += now - turn;
            run.StartMs[step] = now;
            Compute(problem.Steps[step]);
            run.EndMs[step] = now;
        }

        run.TotalMs = now;
        return run;
    }

    private void Issue(long bytes, int user, int load)
    {
        missing[user]++;
        waiting.Enqueue(new Read(problem.Rates.StorageMs(bytes), user, load));
    }

    /// <summary>Storage works alone until a step's bytes are there.</summary>
    private void Await(int step)
    {
        while (missing[step] > 0)
        {
            Start();
            now += remaining;
            Complete();
        }

        while (now < arrivals[step] && waiting.Count > 0)
        {
            Start();
            double worked = Math.Min(remaining, arrivals[step] - now);
            now += worked;
            Progress(worked);
        }

        now = Math.Max(now, arrivals[step]);
    }

    private void Compute(ProblemStep step)
    {
        double work = step.ComputeMs;
        ReadInterference beside = step.BesideReads ?? new ReadInterference(1, 1, 0);
        while (work > 0)
        {
            if (waiting.Count == 0)
            {
                now += work;
                return;
            }

            work += Start() ? beside.WakeMs : 0;
            double interval = Math.Min(work * beside.KernelFactor, remaining * beside.ReadFactor);
            now += interval;
            work -= interval / beside.KernelFactor;
            Progress(interval / beside.ReadFactor);
        }
    }

    /// <summary>Starts the head if it has not begun; true when it does now.</summary>
    private bool Start()
    {
        if (reading)
        {
            return false;
        }

        Read head = waiting.Peek();
        reading = true;
        remaining = head.Ms;
        if (head.Load != NoLoad)
        {
            run.ReadMs[head.Load] = now;
        }

        return true;
    }

    private void Progress(double worked)
    {
        const double rounding = 1e-12;
        remaining -= worked;
        if (remaining <= rounding)
        {
            Complete();
        }
    }

    private void Complete()
    {
        Read head = waiting.Dequeue();
        reading = false;
        missing[head.User]--;
        arrivals[head.User] = now + problem.Rates.StorageLatencyMs;
    }

    private readonly record struct Read(double Ms, int User, int Load);
}
