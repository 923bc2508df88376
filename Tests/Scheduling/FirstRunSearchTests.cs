using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Planners.Relaxation;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FsCheck;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling;

public sealed class FirstRunSearchTests
{
    [Property(MaxTest = 60)]
    public void The_first_run_gets_no_longer_and_the_repeated_one_stays_as_fast(NonEmptyArray<int> recipe, byte slack)
    {
        PlanProblem problem = Problems.WithSlack(GraphRecipe.Build(recipe.Get), PlanPolicy.Overlap, slack / 255.0, Problems.Textures);
        LatencyBound bound = LatencyBound.Of(problem);
        PlanCandidate fastest = FastPlanner.Best(problem, bound);
        PlanCandidate improved = FirstRunSearch.Improve(problem, fastest, bound.RunMs);
        Assert.True(improved.FirstRunMs.Value <= fastest.FirstRunMs.Value);
        Assert.True(improved.JudgedMs <= Math.Max(fastest.JudgedMs, bound.RunMs * (1 + PlanProof.OptimalGap)));
        Assert.Equal(Kept(fastest), Kept(improved));
    }

    [Property]
    public void Reads_in_gaps_keep_their_order_among_those_that_stay_and_among_those_that_do_not(
        NonEmptyArray<int> recipe, byte slack, int seed)
    {
        PlanProblem problem = Problems.WithSlack(GraphRecipe.Build(recipe.Get), PlanPolicy.Overlap, slack / 255.0, Problems.Textures);
        var random = new Random(seed);
        PlacedLoad[] loads = [.. FastPlanner.Best(problem, LatencyBound.Of(problem)).Schedule.Loads
            .Select(load => load with { Retained = random.Next(2) == 0 })];
        double[] readableMs = [.. loads.Select(_ => random.NextDouble() * 100)];
        PlacedLoad[] ordered = GapOrder.Of(problem, loads, readableMs);
        foreach (bool retained in (bool[])[false, true])
        {
            Assert.Equal(
                loads.Where(load => load.Retained == retained).Select(load => load.Demand),
                ordered.Where(load => load.Retained == retained).Select(load => load.Demand));
        }

        // What stays is never read later than in its turn.
        foreach (PlacedLoad load in loads.Where(load => load.Retained))
        {
            int turn = Array.FindIndex(loads, other => other.Demand == load.Demand);
            Assert.True(Array.FindIndex(ordered, other => other.Demand == load.Demand) <= turn);
        }
    }

    private static int[] Kept(PlanCandidate candidate) =>
        [.. candidate.Schedule.Loads.Where(load => load.Retained).Select(load => load.Demand.Chunk).Order()];
}
