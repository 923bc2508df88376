using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Scheduling.Verification;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling;

/// <summary>
/// Every single-fault mutation of valid plans of random problems is refused with the violation that it is, at the step and for the chunk that
/// it hits. Plans that have no place for a fault do not count. A failure prints the seed to replay it with.
/// </summary>
public class SingleFaultTests
{
    [Property]
    public Property A_missing_chunk_is_found(NonEmptyArray<int> numbers, byte room, Kind kind) =>
        AllFound(numbers, room, kind, PlanFaults.Missing);

    [Property]
    public Property A_chunk_that_comes_or_moves_too_late_is_found(NonEmptyArray<int> numbers, byte room, Kind kind) =>
        AllFound(numbers, room, kind, PlanFaults.TooLate);

    [Property]
    public Property A_kernel_that_carries_too_much_is_found(NonEmptyArray<int> numbers, byte room) =>
        AllFound(numbers, room, Kind.InKernel, PlanFaults.OverCapacity);

    [Property]
    public Property A_plan_over_its_budget_is_found(NonEmptyArray<int> numbers, byte room, Kind kind) =>
        AllFound(numbers, room, kind, PlanFaults.OverBudget);

    [Property]
    public Property A_chunk_released_early_is_found(NonEmptyArray<int> numbers, byte room, Kind kind) =>
        AllFound(numbers, room, kind, PlanFaults.ReleasedEarly);

    private static Property AllFound(
        NonEmptyArray<int> numbers, byte room, Kind kind, Func<OverlapPlan, PlanProblem, IEnumerable<PlanFault>> faults)
    {
        PlanProblem problem = Problems.WithSlack(
            GraphRecipe.Build(numbers.Get),
            PlanPolicy.Overlap,
            room / 255.0,
            kind is Kind.ZeroCopy ? Problems.Capabilities : Problems.Textures,
            kind is Kind.InKernel ? MoveMode.InKernel : MoveMode.CopyQueue) with
        {
            LatencySlack = kind is Kind.LeastMemory ? 0.1 : null,
        };
        OverlapPlan plan = PlanMaker.Make(problem);
        PlanFault[] all = [.. faults(plan, problem)];
        PlanFault? missed = Array.Find(all, fault => !fault.IsFound);
        Assert.True(
            missed is null,
            missed is null ? "" : $"no {missed.Kind} at step {missed.Step} for chunk {missed.Chunk}, but "
                + $"[{string.Join("; ", PlanVerifier.Verify(missed.Plan, missed.Problem))}]");
        return true.When(all.Length > 0);
    }

    /// <summary>Devices and objectives whose plans differ in kind.</summary>
    public enum Kind
    {
        ZeroCopy,
        CopyQueue,
        InKernel,
        LeastMemory,
    }
}
