using System.Collections.Immutable;

namespace FlashMem.Scheduling.Queues;

/// <summary>
/// What a model loads ahead, under the tail of the last run of the model before it in the queue. All of it waits for the reads and copies
/// which that run issued earlier: storage and link belong to the model that runs.
/// </summary>
public sealed record Handover
{
    /// <summary>Nothing is loaded ahead.</summary>
    public static Handover None { get; } = new();

    /// <summary>The parameters block, which comes first: its read and its copy.</summary>
    public AheadCommand Parameters { get; init; }

    /// <summary>The plan's first loads, those of step 0 included, in order; turns never fall.</summary>
    public ImmutableArray<AheadCommand> Loads { get; init; } = [];

    /// <summary>Step 0's first moves, which go by the copy queue; empty on zero-copy devices. Turns never fall.</summary>
    public ImmutableArray<AheadCommand> Moves { get; init; } = [];

    /// <summary>Payload bytes of these loads and the parameters.</summary>
    public long Bytes { get; init; }

    /// <summary>Time of storage that is predicted to pass before the model in front is complete: what is gained at most.</summary>
    public double AheadMs { get; init; }

    public bool IsEmpty => Loads.IsEmpty;
}
