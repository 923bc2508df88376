namespace FlashMem.Abstractions.Devices;

/// <summary>
/// Where kernels of a device can move chunks to while they compute (<see cref="DispatchCommand.Moves"/>). Of no meaning on zero-copy
/// devices.
/// </summary>
public enum CarriedMoves
{
    /// <summary>Nowhere: every chunk goes by the transfer queue.</summary>
    None,

    /// <summary>
    /// To a texture block (<see cref="DeviceCapabilities.TextureBlockBytes"/>) from which the kernel does not read: a kernel cannot read
    /// and write one image.
    /// </summary>
    ToOtherBlocks,

    /// <summary>To any free place.</summary>
    Anywhere,
}
