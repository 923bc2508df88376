namespace FlashMem.Backends.ILGPU.Device;

/// <summary>What ILGPU drives.</summary>
public enum IlgpuDeviceKind
{
    /// <summary>NVIDIA GPUs by the CUDA driver.</summary>
    Cuda,

    /// <summary>OpenCL devices whose compilers ILGPU can use.</summary>
    OpenCl,

    /// <summary>Kernels on threads of this machine's processors: for tests and debugging, slow.</summary>
    Cpu,
}
