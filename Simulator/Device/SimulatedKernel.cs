using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Simulator.Device;

/// <summary>A kernel as it is timed and, with values, as it is computed.</summary>
/// <param name="Desc">As prepared.</param>
/// <param name="Timed">With its weight in the layout of the simulated device's own kernels.</param>
/// <param name="Values">Of the device that computes values; null without.</param>
internal sealed record SimulatedKernel(KernelDesc Desc, KernelDesc Timed, ICompiledKernel? Values) : ICompiledKernel;
