using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;

namespace FlashMem.Scheduling.Stages;

/// <summary>
/// Chooses where to cut a graph for devices in a given order: so that the slowest stage is as fast as possible, among such cuts with the
/// fewest bytes crossing, among those the earliest ones. Exact by dynamic programming over (stages, first kernel left), in time that grows
/// with devices times the square of kernels.
/// </summary>
public static class StageCutter
{
    /// <param name="graph">The whole graph.</param>
    /// <param name="devices">One per stage, in order.</param>
    /// <exception cref="UsageException">There are fewer kernels than devices, or no device.</exception>
    public static StageCut Choose(KernelGraph graph, IReadOnlyList<StageDevice> devices)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(devices);
        if (devices.Count == 0 || graph.Kernels.Length < devices.Count)
        {
            throw new UsageException(
                $"model '{graph.ModelName}' has {graph.Kernels.Length} kernels and cannot be cut into {devices.Count} stages of at least "
                + "one");
        }

        return new Search(graph, devices).Run();
    }

    /// <summary>The same figures for cuts that someone else chose.</summary>
    public static StageCut Measure(KernelGraph graph, IReadOnlyList<StageDevice> devices, ImmutableArray<int> starts)
    {
        var sweep = new StageSweep(graph);
        var stageMs = ImmutableArray.CreateBuilder<double>(starts.Length);
        long crossing = 0;
        for (int stage = 0; stage < starts.Length; stage++)
        {
            int end = stage + 1 < starts.Length ? starts[stage + 1] : graph.Kernels.Length;
            for (sweep.Begin(devices[stage], starts[stage]); sweep.End < end;)
            {
                sweep.Extend();
            }

            stageMs.Add(sweep.Ms);
            crossing += sweep.ArrivingBytes;
        }

        return new StageCut(starts, stageMs.MoveToImmutable(), crossing);
    }

    private sealed class Search(KernelGraph graph, IReadOnlyList<StageDevice> devices)
    {
        private readonly int kernels = graph.Kernels.Length;
        private readonly StageSweep sweep = new(graph);

        public StageCut Run()
        {
            double slowest = SlowestMs();
            return StageCutter.Measure(graph, devices, FewestBytes(slowest));
        }

        /// <summary>The least time of the slowest stage.</summary>
        private double SlowestMs()
        {
            // best[k]: of the stages so far, the last of which ends before kernel k.
            double[] best = Infinite(start: 0);
            for (int stage = 0; stage < devices.Count; stage++)
            {
                double[] next = Infinite(start: -1);
                foreach (int start in Starts(stage).Where(start => double.IsFinite(best[start])))
                {
                    foreach (int end in Ends(stage, start))
                    {
                        next[end] = Math.Min(next[end], Math.Max(best[start], sweep.Ms));
                    }
                }

                best = next;
            }

            return best[kernels];
        }

        /// <summary>First kernels of the stages that cross the fewest bytes, none of them slower than the given time.</summary>
        private ImmutableArray<int> FewestBytes(double slowestMs)
        {
            var startOf = new int[devices.Count, kernels + 1];
            var fewest = new long[kernels + 1];
            Array.Fill(fewest, long.MaxValue);
            fewest[0] = 0;
            for (int stage = 0; stage < devices.Count; stage++)
            {
                var next = new long[kernels + 1];
                Array.Fill(next, long.MaxValue);
                foreach (int start in Starts(stage).Where(start => fewest[start] != long.MaxValue))
                {
                    foreach (int end in Ends(stage, start))
                    {
                        if (sweep.Ms > slowestMs)
                        {
                            // It only grows.
                            break;
                        }

                        long bytes = fewest[start] + sweep.ArrivingBytes;
                        if (bytes < next[end])
                        {
                            next[end] = bytes;
                            startOf[stage, end] = start;
                        }
                    }
                }

                fewest = next;
            }

            var starts = new int[devices.Count];
            for (int stage = devices.Count - 1, end = kernels; stage >= 0; stage--)
            {
                end = starts[stage] = startOf[stage, end];
            }

            return [.. starts];
        }

        private IEnumerable<int> Starts(int stage) => stage == 0 ? [0] : Enumerable.Range(stage, kernels - devices.Count + 1);

        /// <summary>Grows a stage from a first kernel and gives every end that leaves a kernel for each stage behind.</summary>
        private IEnumerable<int> Ends(int stage, int start)
        {
            int behind = devices.Count - 1 - stage;
            sweep.Begin(devices[stage], start);
            while (sweep.End < kernels - behind)
            {
                sweep.Extend();
                if (behind > 0 || sweep.End == kernels)
                {
                    yield return sweep.End;
                }
            }
        }

        private double[] Infinite(int start)
        {
            var values = new double[kernels + 1];
            Array.Fill(values, double.PositiveInfinity);
            if (start >= 0)
            {
                values[start] = 0;
            }

            return values;
        }
    }
}
