using FlashMem.Abstractions.Kernels;

namespace FlashMem.Abstractions.Devices;

/// <summary>A kernel that a device has made ready to dispatch.</summary>
public interface ICompiledKernel
{
    KernelDesc Desc { get; }
}
