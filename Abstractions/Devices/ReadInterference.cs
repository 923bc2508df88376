namespace FlashMem.Abstractions.Devices;

/// <summary>
/// How kernels and reads of weights slow each other on a device whose kernels and reads share processors and memory.
/// </summary>
/// <param name="KernelFactor">Time of a kernel beside reads that go on all the time, divided by its time alone; at least 1.</param>
/// <param name="ReadFactor">Time of reads beside such kernels divided by their time alone; at least 1.</param>
/// <param name="WakeMs">What a kernel takes longer for every read that starts beside it, milliseconds.</param>
public sealed record ReadInterference(double KernelFactor, double ReadFactor, double WakeMs);
