using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Queues;
using FlashMem.Scheduling.Verification;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Scheduling.Queues;

public sealed class QueuePlannerTests
{
    [Property(MaxTest = 120)]
    public void A_planned_queue_keeps_the_budget_and_serves_every_request_in_order(int seed, byte share, bool textures)
    {
        var queue = new QueuePlans(seed, textures);
        long budget = queue.Budget(share / 255.0);
        QueuePlan plan = queue.Plan(budget);

        Assert.Empty(QueueVerifier.Verify(plan, budget));
        Assert.True(plan.PeakBytes <= budget);
        Assert.Equal(queue.Requests, plan.Visits.SelectMany(visit => Enumerable.Repeat(visit.Model, visit.Requests)));
        Assert.Equal(plan.Handover == HandoverMode.None, plan.Notes.Length > 0);
    }

    [Property(MaxTest = 30)]
    public void The_same_queue_gets_the_same_plan(int seed, byte share, bool textures)
    {
        var queue = new QueuePlans(seed, textures);
        QueuePlan first = queue.Plan(queue.Budget(share / 255.0));
        QueuePlan second = queue.Plan(queue.Budget(share / 255.0));

        Assert.Equal(first.Visits.Select(visit => PlanJson.Hash(visit.Plan)), second.Visits.Select(visit => PlanJson.Hash(visit.Plan)));
        Assert.Equal(first.Visits.Select(visit => visit.Places), second.Visits.Select(visit => visit.Places));
        Assert.Equal(first.Visits.SelectMany(visit => visit.Handover.Loads), second.Visits.SelectMany(visit => visit.Handover.Loads));
        Assert.Equal(first.Pools, second.Pools);
    }

    [Property(MaxTest = 120)]
    public void Nothing_is_loaded_ahead_later_than_it_could_be_and_any_earlier_is_refused(int seed, byte share, bool textures)
    {
        var queue = new QueuePlans(seed, textures);
        long budget = queue.Budget(0.2 + (share / 400.0));
        QueuePlan plan = queue.Plan(budget);
        for (int i = 0; i < plan.Visits.Length; i++)
        {
            Handover handover = plan.Visits[i].Handover;
            for (int load = 0; load < handover.Loads.Length; load += Stride(handover.Loads.Length))
            {
                AheadCommand command = handover.Loads[load];
                if (command.Gate > 0)
                {
                    AssertRefused(With(handover.Loads.SetItem(load, command with { Gate = command.Gate - 1 }), handover.Moves));
                }

                AssertRefused(With(handover.Loads.SetItem(load, command with { Turn = command.Gate - 1 }), handover.Moves));
            }

            for (int move = 0; move < handover.Moves.Length; move += Stride(handover.Moves.Length))
            {
                AheadCommand command = handover.Moves[move];
                if (command.Gate > 0)
                {
                    AssertRefused(With(handover.Loads, handover.Moves.SetItem(move, command with { Gate = command.Gate - 1 })));
                }
            }

            QueuePlan With(ImmutableArray<AheadCommand> loads, ImmutableArray<AheadCommand> moves) => plan with
            {
                Visits = plan.Visits.SetItem(i, plan.Visits[i] with { Handover = handover with { Loads = loads, Moves = moves } }),
            };
        }

        // A few of many: each is a verification of the whole queue.
        static int Stride(int count) => Math.Max(1, count / 4);
        void AssertRefused(QueuePlan broken) => Assert.NotEmpty(QueueVerifier.Verify(broken, budget));
    }

    [Property(MaxTest = 60)]
    public void A_broken_queue_is_refused(int seed, byte share, bool textures)
    {
        var queue = new QueuePlans(seed, textures);
        long budget = queue.Budget(0.5 + (share / 600.0));
        QueuePlan plan = queue.Plan(budget);
        if (plan.Pools is null)
        {
            // No room for pools; with this much there is.
            budget = queue.Full;
            plan = queue.Plan(budget);
        }

        Assert.NotNull(plan.Pools);
        QueueVisit last = plan.Visits[^1];
        AssertRefused(plan with { Pools = plan.Pools.Value with { Activation = plan.Pools.Value.Activation + budget } });
        AssertRefused(plan with { Pools = null });
        AssertRefused(WithLast(last with { Requests = 0 }));
        AssertRefused(WithLast(last with { FirstRequest = last.FirstRequest + 1 }));
        AssertRefused(WithLast(last with { Places = null }));
        AssertRefused(WithLast(last with { Places = last.Places! with { Activations = plan.Pools.Value.Activation } }));
        OverlapPlan smaller = last.Plan with { UnifiedArenaBytes = last.Plan.UnifiedArenaBytes - 4096 };
        AssertRefused(WithLast(last with { Planned = last.Planned with { Plan = smaller } }));

        QueuePlan WithLast(QueueVisit visit) => plan with { Visits = plan.Visits.SetItem(plan.Visits.Length - 1, visit) };
        void AssertRefused(QueuePlan broken) => Assert.NotEmpty(QueueVerifier.Verify(broken, budget));
    }

    [Fact]
    public void Most_visits_load_ahead_when_there_is_room()
    {
        int ahead = 0;
        int visits = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            var queue = new QueuePlans(seed, textures: seed % 2 == 0);
            QueuePlan plan = queue.Plan(queue.Full);
            ahead += plan.Visits.Count(visit => !visit.Handover.IsEmpty);
            visits += plan.Visits.Length - 1;
        }

        Assert.InRange(ahead, visits / 2, visits);
    }

    [Property(MaxTest = 20)]
    public void Without_handover_or_with_a_baseline_every_visit_is_alone(int seed, bool textures)
    {
        var queue = new QueuePlans(seed, textures);
        QueuePlan none = queue.Plan(queue.Full, HandoverMode.None);
        Assert.Null(none.Pools);
        Assert.Empty(none.Notes);
        Assert.All(none.Visits, visit => Assert.True(visit.Handover.IsEmpty));

        QueuePlan preload = queue.Plan(queue.Full, policy: PlanPolicy.Preload);
        Assert.Null(preload.Pools);
        Assert.Contains("policy preload", Assert.Single(preload.Notes), StringComparison.Ordinal);
        Assert.Equal(preload.Visits.Max(visit => visit.Plan.PeakBytes), preload.PeakBytes);
    }

    [Property(MaxTest = 20)]
    public void A_budget_below_what_one_model_needs_is_refused_with_its_name(int seed, bool textures)
    {
        var queue = new QueuePlans(seed, textures);
        var error = Assert.Throws<BudgetException>(() => queue.Plan(queue.Floor - 4096));
        Assert.Contains("model", error.Message, StringComparison.Ordinal);
        Assert.True(error.SmallestBytes > queue.Floor - 4096);
    }
}
