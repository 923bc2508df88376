namespace FlashMem.Scheduling.Verification;

/// <summary>Which rule a plan breaks.</summary>
public enum ViolationKind
{
    /// <summary>It was made for another model, weight file, device, policy, chunk size, budget, slack or set of pinned weights.</summary>
    Identity,

    /// <summary>Its steps are not the problem's steps.</summary>
    Steps,

    /// <summary>Its memory figures are not the problem's, not aligned, or exceed the budget.</summary>
    Memory,

    /// <summary>A chunk id that does not exist, or an entry that occurs twice or out of order.</summary>
    Entry,

    /// <summary>A range is misaligned, leaves its arena or lies across two texture blocks.</summary>
    Range,

    /// <summary>A range is still taken by another chunk.</summary>
    Overlap,

    /// <summary>A chunk is loaded while it is resident, or a retained one more than once.</summary>
    LoadedTwice,

    /// <summary>A step runs without one of its chunks.</summary>
    NotResident,

    /// <summary>A residency that no step uses.</summary>
    Unused,

    /// <summary>A release of a chunk that is not resident or is retained.</summary>
    Release,

    /// <summary>A chunk that is neither released nor retained when the run ends: the next run would not find the same memory.</summary>
    NotReleased,

    /// <summary>A pinned chunk that is not preloaded, not retained, or not there before step 0.</summary>
    Pinned,

    /// <summary>Stated resident bytes differ from the recomputed ones.</summary>
    Residency,

    /// <summary>
    /// A move of chunks that are not staged side by side, or beyond what a kernel can carry, or on a device without a texture tier.
    /// </summary>
    Moves,

    /// <summary>Predicted times that are not finite, negative, or out of order.</summary>
    Times,
}

/// <summary>One broken rule.</summary>
/// <param name="Kind">Which rule.</param>
/// <param name="Step">Step at which it breaks; -1 for the plan as a whole.</param>
/// <param name="Chunk">Chunk that breaks it; -1 for none.</param>
/// <param name="Message">What is wrong, with the numbers.</param>
public sealed record PlanViolation(ViolationKind Kind, int Step, int Chunk, string Message)
{
    public override string ToString() => Step < 0 ? Message : $"step {Step}: {Message}";
}
