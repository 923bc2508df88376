using FlashMem.Graph.Lowering.Splitting;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Fusion;

/// <summary>A choice of fusion with its plan.</summary>
/// <param name="Graph">The kernels that the plan runs.</param>
/// <param name="Problem">What was planned.</param>
/// <param name="Plan">Verified.</param>
public sealed record PlannedFusion(SplitGraph Graph, PlanProblem Problem, OverlapPlan Plan);
