using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Scheduling.Verification;

/// <summary>
/// Decides whether a queue's plan keeps every rule: each visit's plan by itself, the budget over all of them, and that nothing loaded ahead
/// goes where the visit before it still has something. Shares no code with the queue's planner.
/// </summary>
public static class QueueVerifier
{
    /// <summary>All broken rules; empty means that the queue may run.</summary>
    public static ImmutableArray<QueueViolation> Verify(QueuePlan plan, long? budgetBytes)
    {
        var violations = ImmutableArray.CreateBuilder<QueueViolation>();
        CheckPlans(plan, violations);
        if (plan.PeakBytes > budgetBytes)
        {
            violations.Add(new QueueViolation(-1, $"allocates {plan.PeakBytes} bytes; the budget is {budgetBytes}"));
        }

        int request = 0;
        for (int i = 0; i < plan.Visits.Length; i++)
        {
            QueueVisit visit = plan.Visits[i];
            if (visit.FirstRequest != request || visit.Requests < 1)
            {
                violations.Add(new QueueViolation(i, $"has {visit.Requests} requests from {visit.FirstRequest} on; {request} is the next"));
            }

            request = visit.FirstRequest + visit.Requests;
            if (plan.Pools is not { } pools || visit.Places is null)
            {
                if (plan.Pools is not null || visit.Places is not null || !visit.Handover.IsEmpty)
                {
                    violations.Add(new QueueViolation(i, "has places or a handover, but the queue has no pools, or the other way round"));
                }

                continue;
            }

            int visitIndex = i;
            void Add(string message) => violations.Add(new QueueViolation(visitIndex, message));
            PlacesCheck.Check(visit, pools, Add);
            if (!visit.Handover.IsEmpty)
            {
                if (i == 0 || plan.Visits[i - 1].Places is null)
                {
                    Add("loads ahead, with no visit before it");
                    continue;
                }

                new HandoverCheck(plan.Visits[i - 1], visit, Add).Check();
            }
        }

        return violations.ToImmutable();
    }

    /// <summary>Throws <see cref="VerificationException"/> with the first violations when there are any.</summary>
    public static void Require(QueuePlan plan, long? budgetBytes)
    {
        ImmutableArray<QueueViolation> violations = Verify(plan, budgetBytes);
        if (!violations.IsEmpty)
        {
            const int Shown = 3;
            string more = violations.Length > Shown ? $" (and {violations.Length - Shown} more)" : "";
            throw new VerificationException($"the plan of the queue does not hold: {string.Join("; ", violations.Take(Shown))}{more}");
        }
    }

    private static void CheckPlans(QueuePlan plan, ImmutableArray<QueueViolation>.Builder violations)
    {
        var seen = new HashSet<OverlapPlan>(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < plan.Visits.Length; i++)
        {
            QueueVisit visit = plan.Visits[i];
            if (seen.Add(visit.Plan))
            {
                foreach (PlanViolation violation in PlanVerifier.Verify(visit.Plan, visit.Planned.Problem))
                {
                    violations.Add(new QueueViolation(i, $"follows a plan that does not hold: {violation}"));
                }
            }
        }
    }
}
