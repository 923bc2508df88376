using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Cli.Devices;

/// <summary>How chunks can reach a device's kernels. Finding out opens the device and may try it.</summary>
/// <param name="ZeroCopy">Kernels read weights where storage put them; nothing moves.</param>
/// <param name="Images">Weights lie in images, else in buffers.</param>
/// <param name="Modes">Move modes that plans for it may use; none where nothing moves.</param>
/// <param name="InKernelRefusal">Why kernels cannot move chunks themselves; null where they can or nothing moves.</param>
/// <param name="Failure">Why the device could not be opened; the rest then says nothing.</param>
internal sealed record DeviceMoves(bool ZeroCopy, bool Images, IReadOnlyList<MoveMode> Modes, string? InKernelRefusal, string? Failure)
{
    public static async Task<DeviceMoves> FindAsync(string name)
    {
        try
        {
            await using IDevice device = DeviceRegistry.Open(name, SimulationSettings.WithoutValues);
            DeviceCapabilities capabilities = device.Capabilities;
            CarriedMovesFinding carried = capabilities.CarriedMovesFinding.Value;
            MoveMode[] modes = capabilities.ZeroCopy ? []
                : carried.Moves == CarriedMoves.None ? [MoveMode.CopyQueue]
                : [MoveMode.CopyQueue, MoveMode.InKernel];
            return new DeviceMoves(capabilities.ZeroCopy, capabilities.Images, modes, carried.Refusal, null);
        }
        catch (DeviceException failure)
        {
            return new DeviceMoves(false, false, [], null, failure.Message);
        }
    }

    /// <summary>One line for listings.</summary>
    public string Describe() =>
        Failure is not null ? $"cannot be opened: {Failure}"
        : ZeroCopy ? "zero copy: kernels read weights where storage put them, nothing moves"
        : $"weights in {(Images ? "images" : "buffers")}, moves: {string.Join(", ", Modes.Select(NameOf))}"
            + (InKernelRefusal is null ? "" : $"; not {NameOf(MoveMode.InKernel)}: {InKernelRefusal}");

    /// <summary>A mode as on the command line.</summary>
    public static string NameOf(MoveMode mode) => mode == MoveMode.InKernel ? "inKernel" : "copyQueue";
}
