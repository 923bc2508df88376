namespace FlashMem.Abstractions.Devices;

/// <summary>Where bytes live, slowest first.</summary>
public enum MemoryTier
{
    /// <summary>The weight file.</summary>
    Storage,

    /// <summary>Host-visible staging; on a zero-copy device kernels read weights from here.</summary>
    Unified,

    /// <summary>Textures, or device buffers where there are no images.</summary>
    Texture,

    /// <summary>Intermediate tensors and the device's workspace.</summary>
    Activation,
}
