using FlashMem.Runtime.Reports;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Cli.Rendering;

/// <summary>One line of a comparison: the first run and the repeated ones, or why the setting was refused.</summary>
internal sealed record CompareRow(string Device, PlanPolicy Policy, long? BudgetBytes, RunReport? First, RunReport? Repeated, string? Refused);
