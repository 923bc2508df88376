using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verdicts;
using FlashMem.Scheduling.Verification;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling;

/// <summary>Plans for devices whose kernels may take longer than they are expected to.</summary>
public class ComputeDoubtTests
{
    private const double Doubt = 0.6;
    private const double ToleranceMs = 1e-6;

    [Property(MaxTest = 100)]
    public void Doubt_makes_a_plan_that_is_no_worse_in_the_mean_of_both_times(NonEmptyArray<int> numbers, byte slack)
    {
        PlanProblem sure = Problems.WithSlack(GraphRecipe.Build(numbers.Get), PlanPolicy.Overlap, slack / 255.0, Problems.Textures);
        PlanProblem doubted = sure with { ComputeDoubt = Doubt };
        OverlapPlan plain = PlanMaker.Make(sure);
        OverlapPlan careful = PlanMaker.Make(doubted);

        PlanVerifier.Require(careful, doubted);

        // No search goes on from a plan this close to what no plan beats.
        double closeEnough = LatencyBound.Of(doubted).RunMs * (1 + GreedyOverlapPlanner.CloseEnough);
        Assert.True(Judged(careful, doubted) <= Math.Max(Judged(plain, doubted), closeEnough) + ToleranceMs);
    }

    [Property(MaxTest = 50)]
    public void Prediction_and_bound_stay_those_of_the_times_as_they_are(NonEmptyArray<int> numbers, byte slack)
    {
        PlanProblem sure = Problems.WithSlack(GraphRecipe.Build(numbers.Get), PlanPolicy.Overlap, slack / 255.0, Problems.Textures);
        PlanProblem doubted = sure with { ComputeDoubt = Doubt };
        OverlapPlan plan = PlanMaker.Make(doubted);

        Assert.Equal(LatencyBound.Of(sure).RunMs, LatencyBound.Of(doubted).RunMs);
        Assert.Equal(new TimelineModel(sure).RepeatedRun(PlanSchedule.Of(plan, sure), plan.AwaitPreload).TotalMs, plan.RunMs, ToleranceMs);
    }

    [Property(MaxTest = 50)]
    public void Zero_copy_devices_get_the_same_plan(NonEmptyArray<int> numbers, byte slack)
    {
        PlanProblem sure = Problems.WithSlack(GraphRecipe.Build(numbers.Get), PlanPolicy.Overlap, slack / 255.0);

        Assert.Equal(PlanJson.Hash(PlanMaker.Make(sure)), PlanJson.Hash(PlanMaker.Make(sure with { ComputeDoubt = Doubt })));
    }

    private static double Judged(OverlapPlan plan, PlanProblem problem)
    {
        var model = new TimelineModel(problem);
        Schedule schedule = PlanSchedule.Of(plan, problem);
        return (model.RepeatedRun(schedule, plan.AwaitPreload).TotalMs + model.DoubtedRun(schedule, plan.AwaitPreload).TotalMs) / 2;
    }
}
