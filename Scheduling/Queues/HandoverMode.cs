namespace FlashMem.Scheduling.Queues;

/// <summary>How memory passes from one model of a queue to the next.</summary>
public enum HandoverMode
{
    /// <summary>The next model's first loads begin under the tail of the current one, where its memory becomes free.</summary>
    Tail,

    /// <summary>One model in memory at a time: all memory is freed before the next model's is allocated.</summary>
    None,
}

/// <summary>Names of handover modes on the command line and in reports.</summary>
public static class HandoverModes
{
    public static string Name(this HandoverMode mode) => mode switch
    {
        HandoverMode.Tail => "tail",
        HandoverMode.None => "none",
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "unknown handover mode"),
    };
}
