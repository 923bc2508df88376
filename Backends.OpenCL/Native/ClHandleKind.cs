namespace FlashMem.Backends.OpenCL.Native;

/// <summary>What a device owns of the driver (and of native memory), for leak checks.</summary>
internal enum ClHandleKind
{
    Context,
    Queue,
    Memory,
    Program,
    Kernel,
    Event,

    /// <summary>Page-aligned native memory that zero-copy buffers lie over.</summary>
    HostBlock,
}
