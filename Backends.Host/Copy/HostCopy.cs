using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Elementwise;
using FlashMem.Backends.Host.Views;

namespace FlashMem.Backends.Host.Copy;

/// <summary>Compiles copies of strided regions. One with an epilogue is an expression over its inputs.</summary>
internal static class HostCopy
{
    public static IHostKernel Compile(CopyKernel desc)
    {
        HostChecks.Kernels.Check(desc, 1);
        HostChecks.Kernels.SameShape(desc, 0);
        return desc.Epilogue is { } epilogue ? HostElementwise.Create(desc, epilogue) : new StridedCopy(desc);
    }
}
