using System.Collections.Immutable;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Verification;

/// <summary>Checks that a plan runs the problem's steps in the problem's order, and that its predicted times make sense.</summary>
internal static class PlanSteps
{
    /// <summary>False when the steps differ, so that a replay would be meaningless.</summary>
    public static bool Check(OverlapPlan plan, PlanProblem problem, ImmutableArray<PlanViolation>.Builder violations)
    {
        if (plan.Steps.Length != problem.Steps.Length)
        {
            violations.Add(new PlanViolation(
                ViolationKind.Steps, -1, -1, $"the plan has {plan.Steps.Length} steps, the problem {problem.Steps.Length}"));
            return false;
        }

        bool same = true;
        for (int t = 0; t < plan.Steps.Length; t++)
        {
            PlanStep mine = plan.Steps[t];
            ProblemStep step = problem.Steps[t];
            if (mine.Kernel != step.Kernel || mine.Panels != step.Panels || mine.Name != step.Name)
            {
                same = false;
                violations.Add(new PlanViolation(
                    ViolationKind.Steps, t, -1,
                    $"runs kernel {mine.Kernel} '{mine.Name}' panels {mine.Panels.Start}+{mine.Panels.Count}; the problem has kernel "
                    + $"{step.Kernel} '{step.Name}' panels {step.Panels.Start}+{step.Panels.Count}"));
            }
        }

        CheckTimes(plan, violations);
        return same;
    }

    private static void CheckTimes(OverlapPlan plan, ImmutableArray<PlanViolation>.Builder violations)
    {
        double before = 0;
        for (int t = 0; t < plan.Steps.Length; t++)
        {
            PlanStep step = plan.Steps[t];
            if (!(step.StartMs >= before && step.EndMs >= step.StartMs && double.IsFinite(step.EndMs)))
            {
                violations.Add(new PlanViolation(
                    ViolationKind.Times, t, -1,
                    $"is predicted from {step.StartMs} to {step.EndMs} ms, after one that ends at {before} ms"));
            }

            before = step.EndMs;
        }

        if (!(plan.FirstRunMs >= before && double.IsFinite(plan.FirstRunMs) && plan.RunMs >= 0 && double.IsFinite(plan.RunMs)))
        {
            violations.Add(new PlanViolation(
                ViolationKind.Times, -1, -1,
                $"predicted runs of {plan.FirstRunMs} and {plan.RunMs} ms do not fit a last step that ends at {before} ms"));
        }
    }
}
