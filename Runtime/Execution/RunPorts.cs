using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Runtime.Sessions;

namespace FlashMem.Runtime.Execution;

/// <summary>
/// Where a run's inputs and outputs are, beside new memory of the caller's: two devices may copy between themselves, and outputs may go where
/// those of an earlier run were.
/// </summary>
internal sealed record RunPorts
{
    /// <summary>All ports pass through the caller's memory, outputs through new tensors.</summary>
    public static RunPorts None { get; } = new();

    /// <summary>
    /// By name of the input: where its bytes lie on another device from which this one can copy, see <see cref="IDevice.CanCopyFrom"/>.
    /// Whoever wrote them is done.
    /// </summary>
    public ImmutableDictionary<string, MemoryRange> Sources { get; init; } = ImmutableDictionary<string, MemoryRange>.Empty;

    /// <summary>Outputs that are left where kernels wrote them, for a copy from there; they are overwritten by the next run.</summary>
    public ImmutableHashSet<string> Kept { get; init; } = [];

    /// <summary>
    /// Called once all sources have been copied. Not called when the run fails before; then nothing reads them any more when it throws.
    /// </summary>
    public Action? Taken { get; init; }

    /// <summary>By name of the output: tensors that nobody reads any more, written to where type and shape fit.</summary>
    public IReadOnlyDictionary<string, Tensor> Reused { get; init; } = ImmutableDictionary<string, Tensor>.Empty;
}
