using FlashMem.Abstractions.Kernels;

namespace FlashMem.Benchmarks.Kernels;

/// <summary>A kernel to measure.</summary>
/// <param name="Group">Network that it comes from.</param>
/// <param name="Name">Shape in words.</param>
/// <param name="Desc">The kernel.</param>
/// <param name="Flops">Floating-point operations of one run; a multiply-add counts two.</param>
internal sealed record KernelCase(string Group, string Name, KernelDesc Desc, double Flops);
