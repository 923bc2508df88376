using System.Collections.Immutable;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Verification;

/// <summary>Checks that a plan was made for this problem.</summary>
internal static class PlanIdentity
{
    public static void Check(OverlapPlan plan, PlanProblem problem, ImmutableArray<PlanViolation>.Builder violations)
    {
        Same("model", plan.Model, problem.Model, violations);
        Same("model hash", plan.ModelHash, problem.ModelHash, violations);
        Same("layout hash", plan.LayoutHash, problem.LayoutHash, violations);
        Same("device spec hash", plan.DeviceSpecHash, problem.DeviceSpecHash, violations);
        Same("activations", $"{plan.ActivationType}", $"{problem.ActivationType}", violations);
        Same("policy", plan.Policy.Name(), problem.Policy.Name(), violations);
        Same("chunk bytes", $"{plan.ChunkBytes}", $"{problem.ChunkBytes}", violations);
        Same("budget bytes", $"{plan.BudgetBytes}", $"{problem.BudgetBytes}", violations);
        Same("latency slack", $"{plan.LatencySlack}", $"{problem.LatencySlack}", violations);
        Same("pinned weights", string.Join(",", plan.Pinned), string.Join(",", problem.PinnedWeights), violations);
        Same("split kernels", string.Join(",", plan.SplitKernels), string.Join(",", problem.SplitKernels), violations);
        if (plan.WeightFileHash is not null && problem.WeightFileHash is not null)
        {
            Same("weight file hash", plan.WeightFileHash, problem.WeightFileHash, violations);
        }
    }

    private static void Same(string what, string plan, string problem, ImmutableArray<PlanViolation>.Builder violations)
    {
        if (plan != problem)
        {
            violations.Add(new PlanViolation(
                ViolationKind.Identity, -1, -1, $"the plan's {what} is '{plan}', here it is '{problem}'"));
        }
    }
}
