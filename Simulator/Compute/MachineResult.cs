using FlashMem.Simulator.Memory;

namespace FlashMem.Simulator.Compute;

/// <summary>What a launch took and counted.</summary>
/// <param name="Picoseconds">From the first instruction to the last result in memory.</param>
/// <param name="Counters">Counts of the whole launch; extrapolated as the time is.</param>
/// <param name="Workgroups">Workgroups of the launch.</param>
/// <param name="SimulatedWorkgroups">Workgroups that were simulated; the others took the time of the last simulated rounds.</param>
/// <param name="BoundBy">What limits it: compute, issue, texture, l2, slc, dram or latency.</param>
internal sealed record MachineResult(
    long Picoseconds, Counters Counters, long Workgroups, long SimulatedWorkgroups, string BoundBy);
