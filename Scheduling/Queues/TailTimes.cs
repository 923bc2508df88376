using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Queues;

/// <summary>
/// Predicts when the last run of a visit leaves storage alone and when its steps are complete, in milliseconds before the run's end (negative
/// numbers). Taken from the prediction of the first run, whose last steps a repeated run shares. It decides how much is loaded ahead, never
/// whether a range is free.
/// </summary>
internal sealed class TailTimes
{
    private readonly OverlapPlan plan;

    public TailTimes(QueuedPlan queued, bool isFirstRun)
    {
        plan = queued.Plan;
        PlanProblem problem = queued.Problem;
        HashSet<int> resident = isFirstRun ? [] : [.. plan.Retained];
        long ReadBytes(IEnumerable<ChunkLoad> loads) => loads.Where(load => !resident.Contains(load.Chunk))
            .Sum(load => problem.Chunks[load.Chunk].Bytes);

        long bytes = ReadBytes(plan.Preloaded);
        double free = 0;
        for (int t = 0; t < plan.Steps.Length; t++)
        {
            long read = ReadBytes(plan.Steps[t].Loads);
            bytes += read;
            free = read == 0 ? free : Math.Max(free, (t == 0 ? 0 : plan.Steps[t - 1].EndMs) + problem.Rates.StorageMs(read));
        }

        double runMs = isFirstRun ? plan.FirstRunMs : plan.RunMs;
        double busy = problem.Rates.StorageMs(bytes + (isFirstRun ? problem.ParametersBytes : 0)) - runMs;
        StorageFreeMs = Math.Min(0, Math.Max(Math.Max(busy, -runMs), isFirstRun ? free - runMs : busy));
    }

    /// <summary>When the run's last read is complete.</summary>
    public double StorageFreeMs { get; }

    /// <summary>When so many steps are complete.</summary>
    public double CompleteMs(int steps) => steps == 0 ? double.NegativeInfinity : plan.Steps[steps - 1].EndMs - plan.FirstRunMs;
}
