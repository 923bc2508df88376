using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Verification;

/// <summary>
/// Decides whether a plan keeps every rule, by replaying it from the plan and the problem alone. It shares no code with any planner: a
/// mistake there cannot hide itself here.
/// </summary>
public static class PlanVerifier
{
    /// <summary>All broken rules; empty means that the plan may run.</summary>
    public static ImmutableArray<PlanViolation> Verify(OverlapPlan plan, PlanProblem problem)
    {
        var violations = ImmutableArray.CreateBuilder<PlanViolation>();
        PlanIdentity.Check(plan, problem, violations);
        PlanMemory.Check(plan, problem, violations);
        if (PlanSteps.Check(plan, problem, violations))
        {
            if (problem.ZeroCopy)
            {
                new ResidencyReplay(plan, problem, violations).Check();
            }
            else
            {
                new TieredReplay(plan, problem, violations).Check();
            }
        }

        return violations.ToImmutable();
    }

    /// <summary>Throws <see cref="VerificationException"/> with the first violations when there are any.</summary>
    public static void Require(OverlapPlan plan, PlanProblem problem)
    {
        ImmutableArray<PlanViolation> violations = Verify(plan, problem);
        if (!violations.IsEmpty)
        {
            const int Shown = 3;
            string more = violations.Length > Shown ? $" (and {violations.Length - Shown} more)" : "";
            throw new VerificationException(
                $"the plan for {plan.Model} does not hold: {string.Join("; ", violations.Take(Shown))}{more}");
        }
    }
}
