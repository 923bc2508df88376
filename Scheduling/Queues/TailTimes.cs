using System.Collections.Immutable;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Queues;

/// <summary>
/// Predicts when the last run of a visit leaves storage and link alone and when its steps are complete, in milliseconds before the run's
/// end (negative numbers). Taken from the prediction of the first run, whose last steps a repeated run shares. It decides how much is
/// loaded ahead and when it is issued, never whether a range is free.
/// </summary>
internal sealed class TailTimes
{
    private readonly OverlapPlan plan;
    private readonly PlanProblem problem;
    private readonly HashSet<int> resident;

    public TailTimes(QueuedPlan queued, bool isFirstRun)
    {
        (problem, plan) = queued;
        resident = isFirstRun ? [] : [.. plan.Retained];
        long bytes = Bytes(plan.Preloaded.Select(load => load.Chunk));
        double free = 0;
        for (int t = 0; t < plan.Steps.Length; t++)
        {
            PlanStep step = plan.Steps[t];
            double turn = t == 0 ? 0 : plan.Steps[t - 1].EndMs;
            long read = Bytes(step.Loads.Select(load => load.Chunk));
            long moved = Bytes(step.Moves.SelectMany(move => Enumerable.Range(move.FirstChunk, move.Count)));
            bytes += read;
            FirstTurn = read > 0 || moved > 0 ? t + 1 : FirstTurn;
            free = read > 0 ? Math.Max(free, turn + problem.Rates.StorageMs(read)) : free;
            free = moved > 0 ? Math.Max(free, turn + problem.Rates.TransferMs(moved)) : free;
        }

        double runMs = isFirstRun ? plan.FirstRunMs : plan.RunMs;
        double busy = problem.Rates.StorageMs(bytes + (isFirstRun ? problem.ParametersBytes : 0)) - runMs;
        StorageFreeMs = Math.Clamp(Math.Max(busy, free - plan.FirstRunMs), -runMs, 0);
        FetchTurns =
        [
            .. Enumerable.Range(0, plan.Steps.Length).Where(t => problem.Steps[t].FetchBytes > 0).Select(TurnOfFetch)
                .Where(t => t >= FirstTurn).Order(),
        ];
    }

    /// <summary>When the run's last chunk is read and moved.</summary>
    public double StorageFreeMs { get; }

    /// <summary>The first step with which, and with all later ones, nothing is loaded or moved but fetched rows.</summary>
    public int FirstTurn { get; }

    /// <summary>Steps from that one on with which rows are fetched, ascending.</summary>
    public ImmutableArray<int> FetchTurns { get; }

    /// <summary>When so many steps are complete.</summary>
    public double CompleteMs(int steps) => steps == 0 ? double.NegativeInfinity : plan.Steps[steps - 1].EndMs - plan.FirstRunMs;

    private long Bytes(IEnumerable<int> chunks) =>
        chunks.Where(chunk => !resident.Contains(chunk)).Sum(chunk => problem.Chunks[chunk].Bytes);

    /// <summary>Rows are asked for with the first step of the kernel before the one that reads them.</summary>
    private int TurnOfFetch(int step)
    {
        int kernel = Math.Max(0, problem.Steps[step].Kernel - 1);
        return Enumerable.Range(0, plan.Steps.Length).First(t => problem.Steps[t].Kernel >= kernel);
    }
}
