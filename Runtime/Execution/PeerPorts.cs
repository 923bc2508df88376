using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;

namespace FlashMem.Runtime.Execution;

/// <summary>
/// Inputs and outputs of a run that do not pass through the caller's memory, because two devices copy between themselves.
/// </summary>
internal sealed record PeerPorts
{
    /// <summary>All ports pass through the caller's memory.</summary>
    public static PeerPorts None { get; } = new();

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
}
