using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Copy;

/// <summary>Compiles copies between views of one shape.</summary>
internal static class ClCopy
{
    public static IClKernel Compile(CopyKernel desc, ClTraits traits)
    {
        ClChecks.Kernels.Check(desc, 1);
        ClChecks.Kernels.SameShape(desc, 0);
        return ClMap.Compile(desc, desc.Epilogue, traits);
    }
}
