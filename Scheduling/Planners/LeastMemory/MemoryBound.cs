using FlashMem.Scheduling.Planners.Relaxation;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Scheduling.Planners.LeastMemory;

/// <summary>
/// Mean memory that no plan within the limits goes below. What stays fills its bytes for a whole repeated run, and in a first one from its
/// step on; what streams, at least while its step runs. Every linear function below the relaxed run's time says how much must stay for
/// the run to be short enough: a fractional knapsack, whose least memory bounds every plan.
/// </summary>
internal sealed class MemoryBound
{
    /// <summary>Functions tried, by bisection over what may stay.</summary>
    private const int Halvings = 12;

    private const int DescentSteps = 400;

    private readonly StreamModel model;
    private readonly double runMs;
    private readonly double[] pinned;
    private readonly double[] cost;
    private readonly double least;

    private MemoryBound(PlanProblem problem, LatencyLimits limits)
    {
        model = StreamModel.Of(problem);
        runMs = limits.RunMs;
        pinned = new double[model.Steps];
        cost = new double[model.Steps];
        foreach (ProblemChunk chunk in problem.Chunks.Where(chunk => chunk.IsPinned))
        {
            pinned[chunk.FirstStep] += chunk.SlotBytes;
        }

        double tailMs = 0;
        double bytes = problem.FixedBytes;
        for (int u = model.Steps - 1; u >= 0; u--)
        {
            double ms = model.ComputeMs[u];
            tailMs += ms;
            double streamed = ((ms / limits.RunMs) + (ms / limits.FirstRunMs)) / 2;
            cost[u] = Math.Max(0, ((1 + (tailMs / limits.FirstRunMs)) / 2) - streamed);
            bytes += (model.Slots[u] * streamed) + (pinned[u] * cost[u]);
        }

        least = bytes;
    }

    /// <summary>The bound in bytes, of the mean over a first and a repeated run.</summary>
    public static double Of(PlanProblem problem, LatencyLimits limits) => new MemoryBound(problem, limits).Run();

    private double Run()
    {
        double bound = least;
        double low = 0;
        double high = model.MostRetained;
        for (int i = 0; i < Halvings && high > low; i++)
        {
            double middle = (low + high) / 2;
            RetentionDescent descent = new RetentionDescent(model with { MostRetained = middle }, DescentSteps).Run();
            bound = Math.Max(bound, Knapsack(descent));
            (low, high) = descent.BestMs <= runMs ? (low, middle) : (middle, high);
        }

        return bound;
    }

    private double Knapsack(RetentionDescent descent)
    {
        (double constantMs, double[] slope) = descent.LinearBelow();
        double neededMs = constantMs - runMs;
        for (int u = 0; u < slope.Length; u++)
        {
            neededMs += slope[u] * pinned[u];
        }

        double bytes = least;
        int[] gainers = [.. Enumerable.Range(0, slope.Length).Where(u => slope[u] < 0 && model.Slots[u] > pinned[u])];
        foreach (int u in gainers.OrderBy(u => slope[u] / Math.Max(cost[u], 1e-12)))
        {
            if (neededMs <= 0)
            {
                break;
            }

            double kept = Math.Min(model.Slots[u] - pinned[u], neededMs / -slope[u]);
            neededMs += slope[u] * kept;
            bytes += kept * cost[u];
        }

        return bytes;
    }
}
