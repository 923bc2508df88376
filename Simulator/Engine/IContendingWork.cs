namespace FlashMem.Simulator.Engine;

/// <summary>Work under way beside other work.</summary>
internal interface IContendingWork
{
    /// <summary>When it was complete, in picoseconds; null while it goes on.</summary>
    long? CompletedAt { get; }
}
