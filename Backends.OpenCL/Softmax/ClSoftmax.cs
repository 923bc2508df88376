using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Softmax;

/// <summary>Compiles softmax over rows.</summary>
internal static class ClSoftmax
{
    public static IClKernel Compile(SoftmaxKernel desc, ClTraits traits)
    {
        ClChecks.Check(desc, 1);
        ClChecks.Rank(desc, desc.Output, 2);
        ClChecks.SameShape(desc, 0);
        return ClRowKernel.Compile(
            desc, "Softmax", "softmax", source => source.Define("LOGARITHM", desc.Logarithm), ["IN0"], traits);
    }
}
