using FlashMem.Abstractions.Time;
using FlashMem.Runtime.Sessions;

namespace FlashMem.Runtime.Queues;

/// <summary>A request that is complete.</summary>
/// <param name="Index">Its place in the queue, from 0.</param>
/// <param name="Model">Name of its model.</param>
/// <param name="Outputs">Owned by whoever receives them; empty on a device that simulates time only.</param>
public sealed record CompletedRequest(int Index, string Model, IReadOnlyDictionary<string, Tensor> Outputs)
{
    /// <summary>Device time before its inputs were written.</summary>
    internal DeviceTime Start { get; init; }

    /// <summary>Device time after its outputs were read.</summary>
    internal DeviceTime End { get; init; }

    /// <summary>Bytes read from storage for it, ahead of its start or after.</summary>
    internal long StorageBytes { get; init; }
}
