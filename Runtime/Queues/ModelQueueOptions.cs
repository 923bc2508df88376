using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Runtime.Queues;

/// <summary>How a queue of models is opened. Immutable.</summary>
public sealed record ModelQueueOptions
{
    /// <summary>
    /// Device, budget and the rest, for all models alike; the device must be an opened one. Plans and pinned weights belong to one model
    /// and are refused.
    /// </summary>
    public required SessionOptions Session { get; init; }

    /// <summary>How memory passes from model to model; under the tail by default.</summary>
    public HandoverMode Handover { get; init; } = HandoverMode.Tail;
}
