using System.Collections.Immutable;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Verdicts;

/// <summary>Makes the verdict on a plan, from predictions alone.</summary>
public static class VerdictMaker
{
    private static readonly PlanPolicy[] Unplanned = [PlanPolicy.Demand, PlanPolicy.Next, PlanPolicy.SameOp];

    /// <param name="plan">A verified plan.</param>
    /// <param name="problem">Its problem.</param>
    /// <param name="pose">The problem of another budget; of null, with everything resident.</param>
    /// <param name="smallestBytes">The smallest budget that works.</param>
    public static StreamingVerdict Of(OverlapPlan plan, PlanProblem problem, Func<long?, PlanProblem> pose, long smallestBytes)
    {
        PlanProblem resident = pose(null);
        double residentMs = ResidentMs(resident);
        long residentBytes = resident.FixedBytes + resident.EverythingBytes;
        RunTimeline run = new TimelineModel(problem).RepeatedRun(PlanSchedule.Of(plan, problem), plan.AwaitPreload);
        ImmutableArray<WaitingKernel> waiting = Waiting(plan, problem, run);
        return new StreamingVerdict
        {
            RunMs = plan.RunMs,
            LeastMs = Math.Min(plan.RunMs, LatencyBound.Of(problem).RunMs),
            ResidentMs = residentMs,
            ResidentBytes = residentBytes,
            WaitMs = waiting.Sum(kernel => kernel.WaitMs),
            Waiting = waiting,
            Baselines =
            [
                .. Unplanned.Select(policy => (
                    policy, PlannerRegistry.For(policy).Plan(problem with { Policy = policy, LatencySlack = null }).RunMs)),
            ],
            BaselineShare = problem.ComputeDoubt > 0 ? StreamingVerdict.MeasuredEvenShare : StreamingVerdict.EvenShare,
            BreakEvenBytes = BreakEven.Find(
                budget => pose(budget), smallestBytes, residentBytes, residentMs * (1 + StreamingVerdict.EvenShare)),
        };
    }

    /// <summary>Predicted milliseconds of a repeated run with everything resident.</summary>
    public static double ResidentMs(PlanProblem resident) => LatencyBound.Of(resident).RunMs;

    private static ImmutableArray<WaitingKernel> Waiting(OverlapPlan plan, PlanProblem problem, RunTimeline run)
    {
        var retained = plan.Retained.ToHashSet();
        var streamed = new long[problem.Steps.Length];
        foreach ((int chunk, int step) in plan.Preloaded.Select(load => (load.Chunk, 0))
            .Concat(plan.Steps.SelectMany((step, t) => step.Loads.Select(load => (load.Chunk, t))))
            .Where(load => !retained.Contains(load.Chunk)))
        {
            streamed[problem.Chunks[chunk].Uses.First(use => use >= step)] += problem.Chunks[chunk].Bytes;
        }

        return
        [
            .. problem.Steps.GroupBy(step => step.Kernel)
                .Select(steps =>
                {
                    long bytes = steps.Sum(step => streamed[step.Index]);
                    return new WaitingKernel(
                        steps.First().Name,
                        bytes,
                        Math.Max(problem.Rates.StorageMs(bytes), problem.ZeroCopy ? 0 : problem.Rates.TransferMs(bytes)),
                        steps.Sum(step => step.ComputeMs),
                        steps.Sum(step => run.StartMs[step.Index] - (step.Index == 0 ? 0 : run.EndMs[step.Index - 1])));
                })
                .Where(kernel => kernel.WaitMs > 0)
                .OrderByDescending(kernel => kernel.WaitMs),
        ];
    }
}
