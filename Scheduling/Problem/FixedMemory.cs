using FlashMem.Abstractions.Devices;

namespace FlashMem.Scheduling.Problem;

/// <summary>What is allocated beside the chunk arena from before the first step on; each part a multiple of 4096 bytes.</summary>
internal readonly record struct FixedMemory(long ParametersBytes, long ActivationBytes, long WorkspaceBytes)
{
    public long TotalBytes => checked(ParametersBytes + ActivationBytes + WorkspaceBytes);

    public static FixedMemory Of(WeightFileLayout layout, ActivationLayout activations, DeviceCapabilities capabilities) => new(
        Alignment.Up(layout.ParametersBytes, Alignment.Block),
        Alignment.Up(activations.Bytes, Alignment.Block),
        Alignment.Up(capabilities.WorkspaceBytes, Alignment.Block));
}
