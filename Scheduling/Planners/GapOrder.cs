using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// The order of reads in which what stays, for which there is room from the start, fills the time in which storage would wait for the room
/// of what does not: earliest use first among what may be read.
/// </summary>
internal static class GapOrder
{
    /// <param name="problem">Chunks and rates.</param>
    /// <param name="loads">In order of use, pinned ones before all others.</param>
    /// <param name="readableMs">By load: when it could be read in a first run in that order if storage were idle.</param>
    public static PlacedLoad[] Of(PlanProblem problem, ReadOnlySpan<PlacedLoad> loads, ReadOnlySpan<double> readableMs)
    {
        var ordered = new PlacedLoad[loads.Length];
        int stays = NextOf(loads, 0, retained: true);
        int leaves = NextOf(loads, 0, retained: false);
        double ms = 0;
        for (int i = 0; i < ordered.Length; i++)
        {
            bool inTurn = stays < leaves;
            if (inTurn || (stays < loads.Length && readableMs[leaves] > ms))
            {
                ordered[i] = inTurn ? loads[stays] : loads[stays] with { MoveStep = 0 };
                stays = NextOf(loads, stays + 1, retained: true);
            }
            else
            {
                ordered[i] = loads[leaves];
                ms = Math.Max(ms, readableMs[leaves]);
                leaves = NextOf(loads, leaves + 1, retained: false);
            }

            ms += problem.Rates.StorageMs(problem.Chunks[ordered[i].Demand.Chunk].Bytes);
        }

        return ordered;
    }

    private static int NextOf(ReadOnlySpan<PlacedLoad> loads, int from, bool retained)
    {
        while (from < loads.Length && loads[from].Retained != retained)
        {
            from++;
        }

        return from;
    }
}
