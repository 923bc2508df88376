using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Queues;

/// <summary>A model of a queue as its planner sees it.</summary>
/// <param name="Name">Name of the model, for notes.</param>
/// <param name="Pose">
/// Poses its problem for a budget in bytes, null for none. Throws <see cref="Abstractions.Errors.BudgetException"/> when the budget cannot
/// work.
/// </param>
public sealed record QueueModel(string Name, Func<long?, PlanProblem> Pose);
