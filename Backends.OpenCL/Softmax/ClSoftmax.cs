using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Softmax;

/// <summary>Compiles softmax over rows.</summary>
internal static class ClSoftmax
{
    public static IClKernel Compile(SoftmaxKernel desc, ClTraits traits)
    {
        ClChecks.Kernels.Check(desc, 1);
        ClChecks.Kernels.Rank(desc, desc.Output, 2);
        ClChecks.Kernels.SameShape(desc, 0);
        return ClRowKernel.Compile(
            desc, "Softmax", "softmax", source => source.Define("LOGARITHM", desc.Logarithm), ["IN0"], traits);
    }
}
