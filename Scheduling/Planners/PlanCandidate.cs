namespace FlashMem.Scheduling.Planners;

/// <summary>A schedule with its predicted times, to be compared with others.</summary>
internal sealed record PlanCandidate(Schedule Schedule, double RunMs, Lazy<double> FirstRunMs)
{
    /// <summary>Differences below this are rounding.</summary>
    private const double ToleranceMs = 1e-6;

    public static PlanCandidate Of(TimelineModel model, Schedule schedule) => new(
        schedule,
        model.RepeatedRun(schedule, awaitAll: false).TotalMs,
        new Lazy<double>(() => model.FirstRun(schedule, awaitAll: false).TotalMs));

    /// <summary>The shorter repeated run wins, then the shorter first run, then the smaller arenas.</summary>
    public bool IsBetterThan(PlanCandidate other)
    {
        if (Math.Abs(RunMs - other.RunMs) > ToleranceMs)
        {
            return RunMs < other.RunMs;
        }

        if (Math.Abs(FirstRunMs.Value - other.FirstRunMs.Value) > ToleranceMs)
        {
            return FirstRunMs.Value < other.FirstRunMs.Value;
        }

        return Bytes(Schedule) < Bytes(other.Schedule);
    }

    private static long Bytes(Schedule schedule) => schedule.ArenaBytes + schedule.TextureBytes + schedule.TableBytes;
}
