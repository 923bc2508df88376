using FlashMem.Abstractions.Kernels;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>A fused expression over broadcast inputs.</summary>
internal static class ElementwisePattern
{
    public static KernelPattern Create(PatternTarget target, ElementwiseKernel kernel, long carriedBytes)
    {
        StreamOperand[] operands = [.. Enumerable.Range(0, kernel.Inputs.Length).Select(slot => StreamPattern.Walk(target, kernel, slot))];
        return new StreamPattern(
            target, operands, StreamPattern.Output(target, kernel), kernel.Output.ElementCount, ProgramCost.Of(kernel.Program),
            carriedBytes);
    }
}
