using FlashMem.Abstractions.Errors;

namespace FlashMem.Scheduling.Plans;

/// <summary>When weights move, seen from the steps that use them.</summary>
public enum PlanPolicy
{
    /// <summary>As early as the budget allows, in order of use; what pays most stays resident between runs.</summary>
    Overlap,

    /// <summary>Everything is resident before the first step, and stays.</summary>
    Preload,

    /// <summary>A step's weights are read when it is reached; nothing is read ahead.</summary>
    Demand,

    /// <summary>A step's weights are read while the step before it runs.</summary>
    Next,

    /// <summary>A step's weights are read while the last earlier step of the same kernel family that has weights runs.</summary>
    SameOp,
}

/// <summary>Names of policies on the command line and in plan files.</summary>
public static class PlanPolicies
{
    public static string Name(this PlanPolicy policy) => policy switch
    {
        PlanPolicy.Overlap => "overlap",
        PlanPolicy.Preload => "preload",
        PlanPolicy.Demand => "demand",
        PlanPolicy.Next => "next",
        PlanPolicy.SameOp => "same-op",
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "unknown policy"),
    };

    public static PlanPolicy Parse(string name)
    {
        foreach (PlanPolicy policy in Enum.GetValues<PlanPolicy>())
        {
            if (policy.Name() == name)
            {
                return policy;
            }
        }

        throw new UsageException(
            $"unknown policy '{name}'; there are {string.Join(", ", Enum.GetValues<PlanPolicy>().Select(policy => policy.Name()))}");
    }
}
