using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners.LeastMemory;

/// <summary>A schedule with its predicted times and memory.</summary>
internal sealed record MemoryCandidate(Schedule Schedule, double FirstRunMs, double RunMs, double FirstMeanBytes, double RunMeanBytes)
{
    /// <summary>Means this close count as the same: predictions are no better, and a peak is allocated for the whole run.</summary>
    private const double SameMean = 0.005;

    /// <summary>What is minimised: a first and a repeated run count alike.</summary>
    public double MeanBytes => (FirstMeanBytes + RunMeanBytes) / 2;

    private long PeakBytes => Schedule.ArenaBytes + Schedule.TextureBytes + Schedule.TableBytes;

    public static MemoryCandidate Of(PlanProblem problem, Schedule schedule)
    {
        var model = new TimelineModel(problem);
        RunTimeline first = model.FirstRun(schedule, awaitAll: false);
        RunTimeline repeated = model.RepeatedRun(schedule, awaitAll: false);
        return new MemoryCandidate(
            schedule,
            first.TotalMs,
            repeated.TotalMs,
            MeanMemory.Of(problem, schedule, first, isFirst: true),
            MeanMemory.Of(problem, schedule, repeated, isFirst: false));
    }

    /// <summary>Less memory in the mean wins; where the means are about the same, the lower peak, then the shorter repeated run.</summary>
    public bool IsBetterThan(MemoryCandidate other)
    {
        if (Math.Abs(MeanBytes - other.MeanBytes) > SameMean * other.MeanBytes)
        {
            return MeanBytes < other.MeanBytes;
        }

        return PeakBytes != other.PeakBytes ? PeakBytes < other.PeakBytes : RunMs < other.RunMs;
    }
}
