using FlashMem.Abstractions.Kernels;

namespace FlashMem.Backends.Host.Attention;

/// <summary>Compiles scaled dot-product attention.</summary>
internal static class HostAttention
{
    public static IHostKernel Compile(AttentionKernel desc) => new HeadAttention(desc);
}
