using FlashMem.Abstractions.Kernels;

namespace FlashMem.Backends.Host.Views;

/// <summary>The checks that all backends share, speaking for the host.</summary>
internal static class HostChecks
{
    public static KernelChecks Kernels { get; } = new("host");
}
