namespace FlashMem.Abstractions.Time;

/// <summary>
/// Whether a thread that waits for something microseconds away may keep a processor busy instead of sleeping, from which it takes longer to
/// wake. On a small machine the processors have better things to do.
/// </summary>
public static class SpareProcessors
{
    /// <summary>Turns of waiting (<see cref="ManualResetEventSlim.SpinCount"/>) before a queue's thread sleeps.</summary>
    public const int SpinTurns = 2000;

    private const int Enough = 8;

    /// <summary>The machine has eight processors or more.</summary>
    public static bool Exist { get; } = Environment.ProcessorCount >= Enough;
}
