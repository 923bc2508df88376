using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Elementwise;

namespace FlashMem.Backends.Host.Copy;

/// <summary>Copies a strided region: an expression that passes its operand on, so that fused epilogues come for free.</summary>
internal static class HostCopy
{
    public static IHostKernel Compile(CopyKernel desc) =>
        HostElementwise.Compile(desc, Programs.Then(Programs.Identity, desc.Epilogue));
}
