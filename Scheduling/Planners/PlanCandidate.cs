namespace FlashMem.Scheduling.Planners;

/// <summary>A schedule with its predicted times, to be compared with others.</summary>
/// <param name="Schedule">What happens.</param>
/// <param name="RunMs">Predicted repeated run.</param>
/// <param name="JudgedMs">
/// The mean of that and of a repeated run whose kernels take as long as the problem's doubt allows for: of plans that are equally fast by
/// prediction, the one with room for kernels that are slower is better.
/// </param>
/// <param name="FirstRunMs">Predicted first run.</param>
internal sealed record PlanCandidate(Schedule Schedule, double RunMs, double JudgedMs, Lazy<double> FirstRunMs)
{
    /// <summary>Differences below this are rounding.</summary>
    private const double ToleranceMs = 1e-6;

    public static PlanCandidate Of(TimelineModel model, Schedule schedule)
    {
        double runMs = model.RepeatedRun(schedule, awaitAll: false).TotalMs;
        double judgedMs = model.HasDoubt ? (runMs + model.DoubtedRun(schedule, awaitAll: false).TotalMs) / 2 : runMs;
        return new PlanCandidate(
            schedule, runMs, judgedMs, new Lazy<double>(() => model.FirstRun(schedule, awaitAll: false).TotalMs));
    }

    /// <summary>The shorter repeated run wins, then the shorter first run, then the smaller arenas.</summary>
    public bool IsBetterThan(PlanCandidate other) => Precedes(JudgedMs, other.JudgedMs, other);

    /// <summary>Would be the better one if there were no doubt.</summary>
    public bool IsFasterThan(PlanCandidate other) => Precedes(RunMs, other.RunMs, other);

    private bool Precedes(double ms, double otherMs, PlanCandidate other)
    {
        if (Math.Abs(ms - otherMs) > ToleranceMs)
        {
            return ms < otherMs;
        }

        if (Math.Abs(FirstRunMs.Value - other.FirstRunMs.Value) > ToleranceMs)
        {
            return FirstRunMs.Value < other.FirstRunMs.Value;
        }

        return Bytes(Schedule) < Bytes(other.Schedule);
    }

    private static long Bytes(Schedule schedule) => schedule.ArenaBytes + schedule.TextureBytes + schedule.TableBytes;
}
