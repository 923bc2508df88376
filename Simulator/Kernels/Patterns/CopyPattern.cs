using FlashMem.Abstractions.Kernels;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>A copy through views; what does not run along memory is read or written line by line.</summary>
internal static class CopyPattern
{
    public static KernelPattern Create(PatternTarget target, CopyKernel kernel) => new StreamPattern(
        target,
        [StreamPattern.Walk(target, kernel, 0), .. StreamPattern.Epilogue(target, kernel)],
        StreamPattern.Output(target, kernel),
        kernel.Output.ElementCount,
        ProgramCost.Of(kernel.Epilogue),
        0);
}
