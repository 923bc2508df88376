using FlashMem.Runtime.Reports;

namespace FlashMem.Cli.Rendering;

/// <summary>One line of a comparison: the first run and the repeated ones, or why the setting was refused.</summary>
internal sealed record CompareRow(string Device, string Policy, long? BudgetBytes, RunReport? First, RunReport? Repeated, string? Refused);
