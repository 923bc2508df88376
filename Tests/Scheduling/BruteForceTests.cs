using FlashMem.Abstractions.Devices;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Planners.CpSat;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using Xunit;

namespace FlashMem.Tests.Scheduling;

/// <summary>
/// Tiny chains with one chunk of one size per step: every retained set and every order-keeping choice of load steps is tried with a
/// timeline of the test's own.
/// </summary>
public class BruteForceTests
{
    private const int Steps = 6;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Planners_are_close_to_the_best_of_all_plans(int slots)
    {
        foreach (PlanProblem problem in Instances(slots, 1e-4))
        {
            double best = Best(problem, slots);
            Assert.InRange(PlanMaker.Make(problem, "greedy").RunMs, best - 1e-5, best * 1.1);
            Assert.InRange(PlanMaker.Make(problem, "fast").RunMs, best - 1e-5, best * 1.1);
        }
    }

    /// <summary>The program knows no latency of storage, here as long as the reads of many chunks; without latency it is exact.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Cpsat_equals_the_best_of_all_plans(int slots)
    {
        foreach (PlanProblem problem in Instances(slots, 0))
        {
            double best = Best(problem, slots);
            OverlapPlan plan = new CpSatPlanner(new CpSatSolver(), new CpSatOptions { DeterministicSeconds = 1, RelativeGap = 1e-7 }).Plan(problem);
            Assert.InRange(plan.RunMs, best - 1e-5, best * (1 + 1e-5));
            Assert.True(plan.Bound <= best + 1e-5, $"a bound of {plan.Bound} ms above the best plan's {best} ms");
        }
    }

    private static IEnumerable<PlanProblem> Instances(int slots, double latency)
    {
        var random = new Random(slots);
        for (int round = 0; round < 12; round++)
        {
            PlanProblem problem = Problem(slots, [.. Enumerable.Range(0, Steps).Select(_ => 1 + random.Next(1000))], latency);
            Assert.Equal(Steps, problem.Steps.Length);
            yield return problem;
        }
    }

    /// <summary>Chunks of one block; the rows of a step set its compute time, some below and some above a chunk's read time.</summary>
    private static PlanProblem Problem(int slots, int[] work, double latency)
    {
        KernelGraph graph = Chains.MatMuls([.. Enumerable.Repeat((64, 32), Steps)]);
        graph = graph with
        {
            Kernels = [.. graph.Kernels.Select(kernel => kernel with { Cost = kernel.Cost with { Flops = work[kernel.Index] * 2_000L } })],
        };
        long floor = Problems.Floor(graph, PlanPolicy.Overlap, 4096);
        DeviceSpec spec = Problems.Spec();
        return Problems.Create(
            graph, PlanPolicy.Overlap, floor + ((slots - 1) * 4096), 4096,
            spec with { StorageLatency = spec.StorageLatency with { Value = latency } });
    }

    private static double Best(PlanProblem problem, int slots)
    {
        double best = double.MaxValue;
        for (int retained = 0; retained < 1 << Steps; retained++)
        {
            int window = slots - int.PopCount(retained);
            if (window >= (retained == (1 << Steps) - 1 ? 0 : 1))
            {
                TryLoads(problem, retained, window, new int[Steps], 0, ref best);
            }
        }

        return best;
    }

    private static void TryLoads(PlanProblem problem, int retained, int window, int[] loads, int chunk, ref double best)
    {
        if (chunk == Steps)
        {
            bool fits = Enumerable.Range(0, Steps).All(t =>
                Enumerable.Range(0, Steps).Count(c => (retained >> c & 1) == 0 && loads[c] <= t && t <= c) <= window);
            best = fits ? Math.Min(best, Time(problem, retained, loads)) : best;
            return;
        }

        for (int step = chunk == 0 ? 0 : loads[chunk - 1]; step <= chunk; step++)
        {
            loads[chunk] = step;
            TryLoads(problem, retained, window, loads, chunk + 1, ref best);
            if ((retained >> chunk & 1) != 0)
            {
                break;
            }
        }
    }

    private static double Time(PlanProblem problem, int retained, int[] loads)
    {
        var ends = new double[Steps + 1];
        double storage = 0;
        for (int t = 0; t < Steps; t++)
        {
            double start = ends[t];
            double shared = 0;
            if ((retained >> t & 1) == 0)
            {
                storage = Math.Max(storage, ends[loads[t]]) + (4096 / problem.Rates.StorageBytesPerSecond * 1e3);
                start = Math.Max(start, storage + problem.Rates.StorageLatencyMs);
                shared = 4096 / problem.Rates.MemoryBytesPerSecond * 1e3;
            }

            ends[t + 1] = start + problem.Steps[t].ComputeMs + shared;
        }

        return ends[Steps];
    }
}
