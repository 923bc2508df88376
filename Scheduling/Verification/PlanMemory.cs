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
        Equal("row staging", plan.RowStagingBytes, problem.RowStagingBytes, violations);
        Arena("unified", plan.UnifiedArenaBytes, violations);
        Arena("texture", plan.TextureArenaBytes, violations);
        Arena("table", plan.TableArenaBytes, violations);
        if (problem.ZeroCopy && (plan.TextureArenaBytes != 0 || plan.TableArenaBytes != 0))
        {
            Add(violations, "the plan has arenas of a texture tier, the device has none");
        }

        if (!problem.ZeroCopy && plan.UnifiedArenaBytes < problem.ParametersBytes)
        {
            Add(violations, $"the parameters of {problem.ParametersBytes} bytes cannot go through an arena of {plan.UnifiedArenaBytes}");
        }

        UInt128 arenas = Sum(plan.UnifiedArenaBytes, plan.TextureArenaBytes, plan.TableArenaBytes);
        if (arenas > (UInt128)problem.ArenaCapacity)
        {
            Add(violations, $"the arenas of {arenas} bytes exceed the {problem.ArenaCapacity} that chunks may take");
        }

        UInt128 peak = arenas + Sum(plan.RowStagingBytes, plan.ParametersBytes, plan.ActivationBytes, plan.WorkspaceBytes);
        if (problem.BudgetBytes is { } budget && peak > (UInt128)Math.Max(0, budget))
        {
            Add(violations, $"the plan allocates {peak} bytes, the budget is {budget}");
        }
    }

    private static void Arena(string what, long bytes, ImmutableArray<PlanViolation>.Builder violations)
    {
        if (bytes < 0 || bytes % Block != 0)
        {
            Add(violations, $"the {what} arena of {bytes} bytes is not a multiple of {Block}");
        }
    }

    private static UInt128 Sum(params ReadOnlySpan<long> parts)
    {
        UInt128 sum = 0;
        foreach (long part in parts)
        {
            sum += (UInt128)Math.Max(0, part);
        }

        return sum;
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
