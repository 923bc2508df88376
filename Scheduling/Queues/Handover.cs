using System.Collections.Immutable;

namespace FlashMem.Scheduling.Queues;

/// <summary>
/// What a model loads ahead, under the tail of the model before it in the queue. Gates count the steps of that model's last run which must be
/// complete before the range may be overwritten. Whatever they say, reads wait until that run's own reads and copies are done: storage and
/// link belong to the model that runs.
/// </summary>
public sealed record Handover
{
    /// <summary>Nothing is loaded ahead.</summary>
    public static Handover None { get; } = new();

    /// <summary>Gate of the parameters block, which comes first.</summary>
    public int ParametersGate { get; init; }

    /// <summary>Gates of the plan's first loads, those of step 0 included, in order.</summary>
    public ImmutableArray<int> LoadGates { get; init; } = [];

    /// <summary>Gates of step 0's first moves, which go by the copy queue; empty on zero-copy devices.</summary>
    public ImmutableArray<int> MoveGates { get; init; } = [];

    /// <summary>Payload bytes of these loads and the parameters.</summary>
    public long Bytes { get; init; }

    /// <summary>Time of storage that is predicted to pass before the model in front is complete: what is gained at most.</summary>
    public double AheadMs { get; init; }

    public bool IsEmpty => LoadGates.IsEmpty;
}
