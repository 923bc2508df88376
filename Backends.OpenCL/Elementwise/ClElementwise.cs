using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Elementwise;

/// <summary>Compiles fused expressions over broadcast views.</summary>
internal static class ClElementwise
{
    public static IClKernel Compile(ElementwiseKernel desc, ClTraits traits)
    {
        ClChecks.Kernels.Check(desc, desc.Inputs.Length);
        ClChecks.Kernels.Require(
            desc.Program.OperandCount == desc.Inputs.Length,
            desc,
            $"{desc.Inputs.Length} inputs for an expression of {desc.Program.OperandCount} operands");
        for (int i = 0; i < desc.Inputs.Length; i++)
        {
            ClChecks.Kernels.SameShape(desc, i);
        }

        return ClMap.Compile(desc, desc.Program, traits);
    }
}
