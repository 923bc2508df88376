using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Chooses which chunks stay resident between runs when a given number of bytes may. Three rules compete: where they would come late, evenly
/// spread, and evenly spread by whole steps.
/// </summary>
/// <remarks>
/// All first keep pinned chunks, whatever their bytes; then the chunks of the first step that has any (so that a repeated run starts at
/// once), then chunks that a run would read several times.
/// </remarks>
internal sealed class RetainedChooser
{
    private const int Halvings = 14;

    /// <summary>Range of the storage speed-ups tried, as powers of two.</summary>
    private const double LargestPower = 8;

    private readonly PlanProblem problem;
    private readonly ChunkDemand[] demands;
    private readonly int[] residencies;
    private readonly double[] startMs;
    private readonly double[] endMs;

    public RetainedChooser(PlanProblem problem)
    {
        this.problem = problem;
        demands = [.. ChunkDemand.Of(problem, null, SchedulePlacer.Bridge).Where(demand => MayKeep(problem, demand))];
        residencies = new int[problem.Chunks.Length];
        foreach (ChunkDemand demand in demands)
        {
            residencies[demand.Chunk]++;
        }

        startMs = new double[problem.Steps.Length];
        endMs = new double[problem.Steps.Length];
        double time = 0;
        for (int t = 0; t < problem.Steps.Length; t++)
        {
            startMs[t] = time;
            time += problem.Steps[t].ComputeMs;
            endMs[t] = time;
        }
    }

    /// <summary>Whether large linear weights stay, which have an arena of their own there, is decided for all of them at once.</summary>
    private static bool MayKeep(PlanProblem problem, ChunkDemand demand) => problem.ZeroCopy || !problem.Chunks[demand.Chunk].IsTable;

    /// <summary>
    /// Keeps the chunks that would come too late if storage were some factor faster; the smallest factor whose chunks fit wins. So a
    /// compute-bound stretch streams and a storage-bound one is kept, and where storage cannot keep up at all the delay is shared.
    /// </summary>
    /// <param name="targetBytes">Slot bytes that may be kept.</param>
    /// <param name="windowBytes">Slot bytes that the rest may occupy at one time.</param>
    public bool[] WhereLate(long targetBytes, long windowBytes)
    {
        bool[] basis = Basis(targetBytes, out long basisBytes);
        bool[] best = basis;
        long bestBytes = basisBytes;
        double low = -LargestPower;
        double high = LargestPower;
        for (int i = 0; i < Halvings; i++)
        {
            double power = (low + high) / 2;
            (bool[] retained, long bytes) = Late(basis, basisBytes, Math.Pow(2, power), targetBytes, windowBytes);
            if (bytes <= targetBytes)
            {
                high = power;
                if (bytes > bestBytes)
                {
                    best = retained;
                    bestBytes = bytes;
                }
            }
            else
            {
                low = power;
            }
        }

        return Fill(best, bestBytes, targetBytes);
    }

    /// <summary>Spreads the kept bytes evenly over all streamed bytes.</summary>
    public bool[] Evenly(long targetBytes)
    {
        bool[] basis = Basis(targetBytes, out long bytes);
        return Fill(basis, bytes, targetBytes);
    }

    /// <summary>
    /// Spreads the kept bytes over the steps, each of which keeps all its chunks or streams all of them: its kernel finds them in one run, and
    /// neighbours move in one copy.
    /// </summary>
    /// <param name="targetBytes">Slot bytes that may be kept.</param>
    /// <param name="windowBytes">Slot bytes that the rest may occupy at one time; steps of more than half of it are kept first.</param>
    public bool[] InWhole(long targetBytes, long windowBytes)
    {
        bool[] retained = Basis(targetBytes, out long bytes);
        (int[] Chunks, long Bytes)[] groups =
        [
            .. demands.Where(demand => !retained[demand.Chunk]).GroupBy(demand => demand.First).Select(
                group => (group.Select(demand => demand.Chunk).ToArray(), group.Sum(demand => problem.Chunks[demand.Chunk].SlotBytes))),
        ];
        foreach ((int[] chunks, long size) in groups.Where(group => group.Bytes > windowBytes / 2))
        {
            Keep(retained, chunks, size, targetBytes, ref bytes);
        }

        long left = groups.Sum(group => retained[group.Chunks[0]] ? 0 : group.Bytes);
        double share = left == 0 ? 0 : Math.Min(1, (double)(targetBytes - bytes) / left);
        double owed = 0;
        foreach ((int[] chunks, long size) in groups.Where(group => !retained[group.Chunks[0]]))
        {
            owed += size * share;
            if (owed >= size * 0.5)
            {
                long before = bytes;
                Keep(retained, chunks, size, targetBytes, ref bytes);
                owed -= bytes - before;
            }
        }

        return retained;
    }

    private void Keep(bool[] retained, int[] chunks, long size, long targetBytes, ref long bytes)
    {
        if (bytes + size <= targetBytes)
        {
            foreach (int chunk in chunks)
            {
                Keep(retained, chunk, targetBytes, ref bytes);
            }
        }
    }

    private bool[] Basis(long targetBytes, out long bytes)
    {
        bool[] retained = problem.Pinned();
        bytes = demands.Sum(demand => retained[demand.Chunk] ? problem.Chunks[demand.Chunk].SlotBytes : 0);
        int first = demands.FirstOrDefault(demand => !retained[demand.Chunk]).First;
        foreach (ChunkDemand demand in demands)
        {
            if (demand.First == first)
            {
                Keep(retained, demand.Chunk, targetBytes, ref bytes);
            }
        }

        foreach (ChunkDemand demand in demands.Where(d => residencies[d.Chunk] > 1).OrderByDescending(d => residencies[d.Chunk]))
        {
            Keep(retained, demand.Chunk, targetBytes, ref bytes);
        }

        return retained;
    }

    private void Keep(bool[] retained, int chunk, long targetBytes, ref long bytes)
    {
        long slot = problem.Chunks[chunk].SlotBytes;
        if (!retained[chunk] && bytes + slot <= targetBytes)
        {
            retained[chunk] = true;
            bytes += slot;
        }
    }

    private (bool[] Retained, long Bytes) Late(bool[] basis, long basisBytes, double speedUp, long targetBytes, long windowBytes)
    {
        var retained = (bool[])basis.Clone();
        long bytes = basisBytes;
        var inWindow = new Queue<(long Bytes, int Last)>();
        long windowUsed = 0;
        double storage = 0;
        foreach (ChunkDemand demand in demands)
        {
            if (retained[demand.Chunk])
            {
                continue;
            }

            ProblemChunk chunk = problem.Chunks[demand.Chunk];
            double free = 0;
            int leaving = 0;
            long left = windowUsed;
            foreach ((long size, int last) in inWindow)
            {
                if (left + chunk.SlotBytes <= windowBytes)
                {
                    break;
                }

                left -= size;
                free = Math.Max(free, endMs[last]);
                leaving++;
            }

            double arrival = Math.Max(storage, free) + (ArrivalMs(chunk.Bytes) / speedUp);
            if (arrival + problem.Rates.StorageLatencyMs > startMs[demand.First])
            {
                retained[demand.Chunk] = true;
                bytes += chunk.SlotBytes;
                if (bytes > targetBytes)
                {
                    break;
                }

                continue;
            }

            for (; leaving > 0; leaving--)
            {
                windowUsed -= inWindow.Dequeue().Bytes;
            }

            storage = arrival;
            inWindow.Enqueue((chunk.SlotBytes, demand.Last));
            windowUsed += chunk.SlotBytes;
        }

        return (retained, bytes);
    }

    /// <summary>Storage and link work side by side: the slower one sets the pace.</summary>
    private double ArrivalMs(long bytes) =>
        Math.Max(problem.Rates.StorageMs(bytes), problem.ZeroCopy ? 0 : problem.Rates.TransferMs(bytes));

    /// <summary>Adds chunks, evenly spread over what is still streamed, until the target is reached.</summary>
    private bool[] Fill(bool[] basis, long basisBytes, long targetBytes)
    {
        var retained = (bool[])basis.Clone();
        long bytes = basisBytes;
        long streamed = demands.Sum(demand => retained[demand.Chunk] ? 0 : problem.Chunks[demand.Chunk].SlotBytes);
        double share = streamed == 0 ? 0 : Math.Min(1, (double)(targetBytes - basisBytes) / streamed);
        double owed = 0;
        foreach (ChunkDemand demand in demands)
        {
            if (retained[demand.Chunk])
            {
                continue;
            }

            long slot = problem.Chunks[demand.Chunk].SlotBytes;
            owed += slot * share;
            if (owed >= slot * 0.5)
            {
                long before = bytes;
                Keep(retained, demand.Chunk, targetBytes, ref bytes);
                owed -= bytes - before;
            }
        }

        return retained;
    }
}
