using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners.LeastMemory;

/// <summary>
/// From a schedule that reads as early as room allows, the latest steps with which reads may start and still be hidden: backwards from the
/// times at which steps use their chunks, each read taking the pace of the slower of storage and link, none before the one ahead of it
/// in the order is due. Both the first run and a repeated one are looked at; the earlier step counts.
/// </summary>
/// <param name="problem">Steps, chunks and rates.</param>
/// <param name="schedule">In order of use.</param>
internal sealed class LateStarts(PlanProblem problem, Schedule schedule)
{
    private readonly RunTimeline first = new TimelineModel(problem).FirstRun(schedule, awaitAll: false);
    private readonly RunTimeline repeated = new TimelineModel(problem).RepeatedRun(schedule, awaitAll: false);

    /// <summary>The steps, by step that uses the chunks; none later than that step, and none earlier than one before it.</summary>
    /// <param name="lead">How much longer than predicted reads are taken to need: 1 for just in time, 0 for on demand.</param>
    public int[] Steps(double lead)
    {
        int[] early = Steps(first, isFirst: true, lead);
        int[] late = Steps(repeated, isFirst: false, lead);
        return [.. early.Zip(late, Math.Min)];
    }

    private int[] Steps(RunTimeline run, bool isFirst, double lead)
    {
        double[] readMs = ReadMs(isFirst);
        double[] startMs = StartMs(run, isFirst);
        var steps = new int[problem.Steps.Length];
        double latest = double.PositiveInfinity;
        int next = problem.Steps.Length - 1;
        for (int step = problem.Steps.Length - 1; step >= 0; step--)
        {
            double ms = readMs[step] * lead;
            latest = Math.Max(Math.Min(latest, run.StartMs[step]) - ms, startMs[step] - (2 * ms));
            while (next > 0 && (next > step || TurnMs(run, next) > latest))
            {
                next--;
            }

            steps[step] = next;
        }

        return steps;
    }

    /// <summary>When the reads that may start with a step do: the steps before it are complete.</summary>
    private static double TurnMs(RunTimeline run, int step) => step == 0 ? 0 : run.EndMs[step - 1];

    /// <summary>
    /// When the reads of a step's chunks start in the schedule as it is, by step: where storage is never idle, nothing comes earlier by
    /// asking for it much earlier.
    /// </summary>
    private double[] StartMs(RunTimeline run, bool isFirst)
    {
        var ms = new double[problem.Steps.Length];
        Array.Fill(ms, double.NegativeInfinity);
        for (int i = schedule.Loads.Length - 1; i >= 0; i--)
        {
            if (isFirst || !schedule.Loads[i].Retained)
            {
                ms[schedule.Loads[i].Demand.First] = run.ReadMs[i];
            }
        }

        return ms;
    }

    /// <summary>What the reads of a step's chunks take, by step.</summary>
    private double[] ReadMs(bool isFirst)
    {
        var ms = new double[problem.Steps.Length];
        double wait = problem.Rates.StorageLatencyMs + (problem.ZeroCopy ? 0 : problem.Rates.LaunchMs);
        foreach (PlacedLoad load in schedule.Loads.Where(load => isFirst || !load.Retained))
        {
            ProblemChunk chunk = problem.Chunks[load.Demand.Chunk];
            if (!chunk.IsPinned)
            {
                ms[load.Demand.First] += Math.Max(
                    problem.Rates.StorageMs(chunk.Bytes),
                    problem.ZeroCopy ? 0 : problem.Rates.TransferMs(chunk.Bytes) + problem.Rates.LaunchMs);
            }
        }

        return [.. ms.Select(one => one > 0 ? one + wait : 0)];
    }
}
