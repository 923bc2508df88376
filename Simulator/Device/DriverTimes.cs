namespace FlashMem.Simulator.Device;

/// <summary>What it takes to hand a command to a driver, in picoseconds.</summary>
/// <param name="Kernel">A kernel.</param>
/// <param name="Copy">A copy.</param>
/// <param name="Wait">More for a command that waits for one on the other queue.</param>
internal sealed record DriverTimes(long Kernel, long Copy, long Wait);
