using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners.Relaxation;

/// <summary>
/// A problem reduced to what bounds the time of a repeated run: bytes by the step that uses them first, times, and room. Chunks are bytes
/// here; how many of a step's bytes stay resident between runs is what may be chosen. docs/planner.md derives it.
/// </summary>
internal sealed record StreamModel
{
    private const int Halvings = 60;

    /// <summary>Slot bytes of the chunks that a step is the first to use, by step.</summary>
    public required double[] Slots { get; init; }

    /// <summary>The same in bytes that storage reads.</summary>
    public required double[] Bytes { get; init; }

    /// <summary>The part of <see cref="Slots"/> that no other step uses.</summary>
    public required double[] Alone { get; init; }

    public required double[] ComputeMs { get; init; }

    /// <summary>Slot bytes of a step that stay in any case; zeros unless a window is asked for.</summary>
    public required double[] LeastRetained { get; init; }

    /// <summary>Time by which a byte comes, by the slower of storage and link.</summary>
    public required double ArrivalMs { get; init; }

    /// <summary>Memory time that a byte read takes from the kernels.</summary>
    public required double ContentionMs { get; init; }

    /// <summary>Bytes of all arenas together.</summary>
    public required double Capacity { get; init; }

    /// <summary>No more slot bytes than this stay.</summary>
    public required double MostRetained { get; init; }

    public int Steps => Slots.Length;

    /// <summary>What every plan of the problem keeps to.</summary>
    public static StreamModel Of(PlanProblem problem)
    {
        PlanRates rates = problem.Rates;
        var slots = new double[problem.Steps.Length];
        var bytes = new double[problem.Steps.Length];
        var alone = new double[problem.Steps.Length];
        foreach (ProblemChunk chunk in problem.Chunks.Where(chunk => !chunk.Uses.IsEmpty))
        {
            slots[chunk.FirstStep] += chunk.SlotBytes;
            bytes[chunk.FirstStep] += chunk.Bytes;
            alone[chunk.FirstStep] += chunk.Uses.Length == 1 ? chunk.SlotBytes : 0;
        }

        return new StreamModel
        {
            Slots = slots,
            Bytes = bytes,
            Alone = alone,
            ComputeMs = [.. problem.Steps.Select(step => step.ComputeMs)],
            LeastRetained = new double[problem.Steps.Length],
            ArrivalMs = Math.Max(rates.StorageMs(1_000_000), problem.ZeroCopy ? 0 : rates.TransferMs(1_000_000)) / 1e6,
            ContentionMs = problem.ReadsInterfere ? 0 : TimelineModel.ContentionMs(rates, 1_000_000) / 1e6,
            Capacity = problem.ArenaCapacity,
            MostRetained = problem.EverythingFits
                ? slots.Sum()
                : Math.Max(0, problem.RetainableBytes - LeastWindow(alone, problem.RetainableBytes)),
        };
    }

    /// <summary>
    /// Less room, and a window of its own for what streams: a step keeps what exceeds the window, and all that stays leaves room for it.
    /// Null when the large steps leave nothing else to choose.
    /// </summary>
    public StreamModel? Within(double capacity, double retainable, double window)
    {
        double[] least = [.. Slots.Select(bytes => Math.Max(0, bytes - window))];
        double most = Math.Min(Slots.Sum(), retainable - window);
        return least.Sum() > most
            ? null
            : this with { Capacity = capacity, MostRetained = most, LeastRetained = least };
    }

    /// <summary>
    /// Every plan leaves at least so many bytes to what streams: each step's chunks lie beside all that is kept, so a smaller window would
    /// mean keeping more of the large steps than the rest has room for.
    /// </summary>
    public static double LeastWindow(double[] alone, double room)
    {
        if (alone.Sum() <= room)
        {
            return 0;
        }

        double low = 0;
        double high = Math.Min(room, alone.Max());
        for (int i = 0; i < Halvings; i++)
        {
            double window = (low + high) / 2;
            bool works = alone.Sum(bytes => Math.Max(0, bytes - window)) <= room - window;
            (low, high) = works ? (low, window) : (window, high);
        }

        return low;
    }
}
