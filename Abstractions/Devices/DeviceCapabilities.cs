using System.Text.Json.Serialization;

namespace FlashMem.Abstractions.Devices;

/// <summary>What a device can do; the planner and the packer adapt to it.</summary>
public sealed record DeviceCapabilities
{
    private static readonly Lazy<CarriedMovesFinding> Nothing = new(new CarriedMovesFinding(CarriedMoves.None, null));

    /// <summary>Kernels read weights where storage put them; no unified-to-texture move exists.</summary>
    public required bool ZeroCopy { get; init; }

    public bool Images { get; init; }

    /// <summary>Largest image side in texels; 0 without images.</summary>
    public int MaxImageSize { get; init; }

    public bool HalfArithmetic { get; init; }

    /// <summary>Kernels read and write floating-point activations of 16 bits, beside those of 32; arithmetic stays what it is.</summary>
    public bool HalfActivations { get; init; }

    /// <summary>Transfers can run while kernels do.</summary>
    public bool AsyncTransfer { get; init; }

    /// <summary>Copies can take weights straight from page-locked memory of the host's, see <see cref="IDevice.LockHostMemory"/>.</summary>
    public bool LocksHostMemory { get; init; }

    /// <summary>Columns per weight panel that the device's kernels want.</summary>
    public required int PanelWidth { get; init; }

    /// <summary><see cref="Kernels.PanelLayout.DepthInterleave"/> that the device's kernels want.</summary>
    public int DepthInterleave { get; init; } = 1;

    /// <summary>
    /// Texture memory is made of blocks of so many bytes (images of the largest height); a chunk may not straddle a multiple of it.
    /// A multiple of 4096.
    /// </summary>
    public long TextureBlockBytes { get; init; } = long.MaxValue / 4096 * 4096;

    /// <summary>
    /// Whether kernels can move chunks themselves, and why not; nothing by default. A device that has to try it on its driver does so when
    /// first asked, so ask only where the answer counts.
    /// </summary>
    [JsonIgnore]
    public Lazy<CarriedMovesFinding> CarriedMovesFinding { get; init; } = Nothing;

    /// <summary>Where kernels can move chunks to themselves: asks <see cref="CarriedMovesFinding"/>, or sets it.</summary>
    public CarriedMoves CarriedMoves
    {
        get => CarriedMovesFinding.Value.Moves;
        init => CarriedMovesFinding = new Lazy<CarriedMovesFinding>(new CarriedMovesFinding(value, null));
    }

    /// <summary>Bytes of workspace that the device holds while open; counted against the budget in the activation tier.</summary>
    public required long WorkspaceBytes { get; init; }
}
