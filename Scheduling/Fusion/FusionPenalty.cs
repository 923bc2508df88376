using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verdicts;

namespace FlashMem.Scheduling.Fusion;

/// <summary>
/// What a plan lacks because kernels carry too little, laid at the door of the steps that could have carried it: the FlashMem paper's
/// Penalty(v) = lambda |W_new| + mu dz (section 4.3). W_new are here bytes that went by the copy queue instead of inside a kernel, dz the
/// steps by which a byte was carried earlier than just before its use.
/// </summary>
internal sealed class FusionPenalty
{
    private readonly double[] steps;

    /// <param name="plan">A plan with moves inside kernels.</param>
    /// <param name="problem">What it was made for.</param>
    /// <param name="options">Lambda and mu.</param>
    public FusionPenalty(OverlapPlan plan, PlanProblem problem, FusionOptions options)
    {
        steps = new double[problem.Steps.Length];
        Schedule schedule = PlanSchedule.Of(plan, problem);
        MovesMs = RunMs(problem, schedule, plan.AwaitPreload) - RunMs(WithFreeMoves(problem), schedule, plan.AwaitPreload);
        foreach (PlacedLoad load in schedule.Loads)
        {
            ProblemChunk chunk = problem.Chunks[load.Demand.Chunk];
            if (load.Retained || chunk.IsTable)
            {
                continue;
            }

            if (load.Mode == MoveMode.InKernel)
            {
                Spread(load.MoveStep + 1, load.Demand.First, options.DistancePenalty * chunk.Bytes * (load.Demand.First - load.MoveStep - 1));
            }
            else
            {
                NotCarriedBytes += chunk.Bytes;
                Spread(load.Step, load.Demand.First, options.BytePenalty * chunk.Bytes);
            }
        }
    }

    /// <summary>Bytes of a repeated run that could be carried by their kind and that no kernel carries: capacity was lacking.</summary>
    public long NotCarriedBytes { get; }

    /// <summary>
    /// By how much a repeated run of the same schedule would be shorter if moves took no time: little where it is storage or arithmetic that
    /// steps wait for, and then no fusion is worth undoing.
    /// </summary>
    public double MovesMs { get; }

    /// <summary>Penalty of a step, in bytes.</summary>
    public double this[int step] => steps[step];

    private static double RunMs(PlanProblem problem, Schedule schedule, bool awaitAll) =>
        new TimelineModel(problem).RepeatedRun(schedule, awaitAll).TotalMs;

    private static PlanProblem WithFreeMoves(PlanProblem problem) => problem with
    {
        Rates = problem.Rates with { LaunchMs = 0, TransferBytesPerSecond = double.PositiveInfinity },
    };

    private void Spread(int from, int end, double penalty)
    {
        for (int step = from; step < end; step++)
        {
            steps[step] += penalty / (end - from);
        }
    }
}
