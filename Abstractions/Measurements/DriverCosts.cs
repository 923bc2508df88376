namespace FlashMem.Abstractions.Measurements;

/// <summary>
/// What it takes to hand a command to a device's driver, seconds. Many drivers take one command at a time whatever the queue, and more for one that
/// other commands wait for, so runs of short kernels take as long as their commands take to hand over.
/// </summary>
/// <param name="KernelSeconds">A kernel while the transfer queue is idle.</param>
/// <param name="KernelBesideCopiesSeconds">While it is not.</param>
/// <param name="CopySeconds">A copy while the compute queue is idle.</param>
/// <param name="CopyBesideKernelsSeconds">While it is not.</param>
public sealed record DriverCosts(
    double KernelSeconds, double KernelBesideCopiesSeconds, double CopySeconds, double CopyBesideKernelsSeconds);
