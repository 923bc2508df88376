using FlashMem.Abstractions.Devices;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Device;

/// <summary>What planners see of a simulated device: figures of its spec, each with the source that it has there.</summary>
internal static class DeviceFigures
{
    /// <summary>
    /// How weight files lie for simulated devices, with values or without, so that both run the same plans: as the host's kernels read
    /// them. The simulated kernels' own interleave (<see cref="CapabilitySpec.DepthInterleave"/>) only shapes how they are timed.
    /// </summary>
    public const int FileInterleave = 1;

    /// <summary>Bytes of one row of the images that hold weights; with the largest height it bounds a texture block.</summary>
    private const long ImageRowBytes = 4096;

    /// <param name="name">Name of the device.</param>
    /// <param name="spec">What the simulator knows.</param>
    public static DeviceSpec Spec(string name, SimulatorSpec spec)
    {
        ComputeSpec compute = spec.Compute;
        Figure perClock = spec.Capabilities.HalfArithmetic ? compute.Fp16PerClock : compute.Fp32PerClock;
        string precision = spec.Capabilities.HalfArithmetic ? "half" : "single";
        return new DeviceSpec
        {
            Name = name,
            StorageBandwidth = spec.Storage.Bandwidth,
            StorageLatency = spec.Storage.Latency,
            TransferBandwidth = spec.Memory.CopyBandwidth,
            MemoryBandwidth = spec.Memory.Dram.GpuBandwidth,
            ComputeRate = new Figure(
                2 * compute.Cores.Value * compute.Clock.Value * perClock.Value,
                "FLOP/s",
                FigureKind.Derived,
                $"2 x {compute.Cores.Value} cores x {compute.Clock.Value / 1e6} MHz x {perClock.Value} multiply-adds "
                    + $"in {precision} precision; cores: {compute.Cores.Source}; clock: {compute.Clock.Source}; "
                    + $"multiply-adds: {perClock.Source}"),
            LaunchLatency = compute.LaunchLatency,
            ZeroCopy = spec.Capabilities.ZeroCopy,
        };
    }

    public static DeviceCapabilities Capabilities(CapabilitySpec spec) => new()
    {
        ZeroCopy = spec.ZeroCopy,
        Images = spec.Images,
        MaxImageSize = spec.MaxImageSize,
        HalfArithmetic = spec.HalfArithmetic,
        HalfActivations = spec.HalfArithmetic,
        AsyncTransfer = true,
        PanelWidth = spec.PanelWidth,
        DepthInterleave = FileInterleave,
        TextureBlockBytes = spec.Images ? spec.MaxImageSize * ImageRowBytes : long.MaxValue / 4096 * 4096,
        CarriedMoves = spec.ZeroCopy ? CarriedMoves.None : spec.CarriedMoves,
        WorkspaceBytes = 0,
    };
}
