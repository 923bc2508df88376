namespace FlashMem.Abstractions.Measurements;

/// <summary>
/// What it takes to hand a command to a device's driver, seconds. Many drivers take one command at a time whatever the queue, so runs of short
/// kernels take as long as their commands take to hand over.
/// </summary>
/// <param name="KernelSeconds">A kernel.</param>
/// <param name="CopySeconds">A copy by the transfer queue.</param>
/// <param name="WaitSeconds">More for a command that waits for one on the other queue.</param>
public sealed record DriverCosts(double KernelSeconds, double CopySeconds, double WaitSeconds);
