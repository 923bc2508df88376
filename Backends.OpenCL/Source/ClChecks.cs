using FlashMem.Abstractions.Kernels;

namespace FlashMem.Backends.OpenCL.Source;

/// <summary>The checks that all backends share, speaking for OpenCL, and those that only its kernels need.</summary>
internal static class ClChecks
{
    public static KernelChecks Kernels { get; } = new("opencl", halfActivations: true);

    /// <summary>An extent or a number of work-items as an int.</summary>
    public static int Int(KernelDesc desc, long value, string what)
    {
        Kernels.Require(value <= int.MaxValue, desc, $"{value} {what}; kernels count to {int.MaxValue}");
        return (int)value;
    }
}
