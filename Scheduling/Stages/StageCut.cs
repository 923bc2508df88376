using System.Collections.Immutable;

namespace FlashMem.Scheduling.Stages;

/// <summary>Where a graph is cut.</summary>
/// <param name="Starts">Index of every stage's first kernel.</param>
/// <param name="StageMs">What every stage takes by the estimate that the choice was made with.</param>
/// <param name="CrossingBytes">Bytes that go from stage to stage in a run; a value counts once for every stage that takes it.</param>
public sealed record StageCut(ImmutableArray<int> Starts, ImmutableArray<double> StageMs, long CrossingBytes)
{
    /// <summary>Time of the slowest stage: no run comes sooner after the one before when all stages are busy.</summary>
    public double SlowestMs => StageMs.Max();
}
