using FlashMem.Abstractions.Errors;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>
/// A kernel whose data can make it fail. Its launches may bind <see cref="ClArgument.Fault"/>. It must stay inside its memory also when it
/// fails. Commands that wait for it are held back until it is known to have gone well.
/// </summary>
internal interface IClFallibleKernel : IClKernel
{
    /// <summary>What to say when the command left anything but zeros in the record.</summary>
    /// <param name="record">Eight ints as the kernel wrote them.</param>
    RunFailedException Explain(ReadOnlySpan<int> record);
}
