using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Tests.Conformance;

/// <summary>
/// A device under the conformance suite. A backend joins by writing one of these and empty classes that derive from the suites.
/// </summary>
public interface IDeviceFixture : IAsyncDisposable
{
    IDevice Device { get; }

    /// <summary>Opens another device of the same kind, for tests that dispose it.</summary>
    IDevice Open();

    /// <summary>Random kernels per family; fewer where compiling one takes long.</summary>
    int CasesPerFamily => 60;

    /// <summary>Why the device cannot run a kernel; null when it can. The one place where gaps are listed.</summary>
    string? Gap(KernelDesc kernel);
}
