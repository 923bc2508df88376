using FlashMem.Abstractions.Devices;
using FlashMem.Graph.Ir;

namespace FlashMem.Scheduling.Problem;

/// <summary>What is allocated beside the arenas from before the first step on; each part a multiple of 4096 bytes.</summary>
internal readonly record struct FixedMemory(long ParametersBytes, long ActivationBytes, long WorkspaceBytes, long RowStagingBytes)
{
    public long TotalBytes => checked(ParametersBytes + ActivationBytes + WorkspaceBytes + RowStagingBytes);

    public static FixedMemory Of(
        KernelGraph graph, WeightFileLayout layout, ActivationLayout activations, DeviceCapabilities capabilities) => new(
        Alignment.Up(layout.ParametersBytes, Alignment.Block),
        Alignment.Up(activations.Bytes, Alignment.Block),
        Alignment.Up(capabilities.WorkspaceBytes, Alignment.Block),
        capabilities.ZeroCopy ? 0 : RowStaging.Of(graph).Bytes);
}
