using System.Collections.Immutable;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Verification;

/// <summary>Checks the sizes that a plan allocates against the problem and the budget.</summary>
internal static class PlanMemory
{
    private const long Block = 4096;

    public static void Check(OverlapPlan plan, PlanProblem problem, ImmutableArray<PlanViolation>.Builder violations)
    {
        Equal("parameters", plan.ParametersBytes, problem.ParametersBytes, violations);
        Equal("activations", plan.ActivationBytes, problem.ActivationBytes, violations);
        Equal("workspace", plan.WorkspaceBytes, problem.WorkspaceBytes, violations);
        if (plan.UnifiedArenaBytes < 0 || plan.UnifiedArenaBytes % Block != 0)
        {
            Add(violations, $"the arena of {plan.UnifiedArenaBytes} bytes is not a multiple of {Block}");
        }

        if (plan.UnifiedArenaBytes > problem.ArenaCapacity)
        {
            Add(violations, $"the arena of {plan.UnifiedArenaBytes} bytes exceeds the {problem.ArenaCapacity} that chunks may take");
        }

        UInt128 peak = (UInt128)Math.Max(0, plan.UnifiedArenaBytes) + (UInt128)Math.Max(0, plan.ParametersBytes)
            + (UInt128)Math.Max(0, plan.ActivationBytes) + (UInt128)Math.Max(0, plan.WorkspaceBytes);
        if (problem.BudgetBytes is { } budget && peak > (UInt128)Math.Max(0, budget))
        {
            Add(violations, $"the plan allocates {peak} bytes, the budget is {budget}");
        }
    }

    private static void Equal(string what, long plan, long problem, ImmutableArray<PlanViolation>.Builder violations)
    {
        if (plan != problem)
        {
            Add(violations, $"the plan has {plan} bytes of {what}, the problem {problem}");
        }
    }

    private static void Add(ImmutableArray<PlanViolation>.Builder violations, string message) =>
        violations.Add(new PlanViolation(ViolationKind.Memory, -1, -1, message));
}
