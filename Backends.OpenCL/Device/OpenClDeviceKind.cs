namespace FlashMem.Backends.OpenCL.Device;

/// <summary>What kind of processor an OpenCL device is, in the order of the listing.</summary>
public enum OpenClDeviceKind
{
    Gpu,
    Accelerator,
    Other,

    /// <summary>A driver that runs kernels on this machine's processors.</summary>
    Cpu,
}
