namespace FlashMem.Scheduling.Queues;

/// <summary>When a read or a copy that is loaded ahead may happen, in steps of the model in front.</summary>
/// <param name="Gate">So many of its steps must be complete: until then it needs the range.</param>
/// <param name="Turn">
/// The step before whose own commands it is issued, or the number of steps for behind all of them; at least the gate. Queues are in order,
/// so whatever that model issues from this step on comes after.
/// </param>
public readonly record struct AheadCommand(int Gate, int Turn);
