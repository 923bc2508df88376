namespace FlashMem.Scheduling.Planners;

/// <summary>When the first run reads what stays, among what does not.</summary>
internal enum RetainedTurn
{
    /// <summary>All in order of use.</summary>
    OfUse,

    /// <summary>
    /// Before all else. Then what stays takes no turn in the staging later on, which every later run would wait for although it reads
    /// nothing in that turn; but the first run begins late.
    /// </summary>
    First,

    /// <summary>Whenever storage would wait for room, and at the latest in its turn of use.</summary>
    InGaps,
}
