using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Measurements;
using FlashMem.Abstractions.Tracing;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Execution;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Runtime.Profiling;

/// <summary>Times of the steps of one plan over many runs, from traces.</summary>
internal sealed class RunTimes(OverlapPlan plan)
{
    private readonly List<double>[] launches = [.. plan.Steps.Select(_ => new List<double>())];
    private readonly List<double>[] durations = [.. plan.Steps.Select(_ => new List<double>())];
    private readonly List<double> overheads = [];

    /// <summary>Runs so far.</summary>
    public int Count => overheads.Count;

    /// <summary>A run less the span from its first kernel's start to its last one's end.</summary>
    public double OverheadSeconds => Median(overheads);

    /// <exception cref="RunFailedException">The trace does not have one kernel per step.</exception>
    public void Add(double seconds, ImmutableArray<TraceEvent> events)
    {
        TraceEvent[] kernels = [.. events.Where(one => one.Lane == TraceLane.Compute).OrderBy(one => one.Start)];
        if (kernels.Length != plan.Steps.Length)
        {
            throw new RunFailedException(
                $"a run of {plan.Steps.Length} steps of model '{plan.Model}' left {kernels.Length} kernels in the trace");
        }

        for (int t = 0; t < kernels.Length; t++)
        {
            TraceEvent kernel = kernels[t];
            durations[t].Add(kernel.Duration.Milliseconds / 1e3);

            // A kernel that waits for rows of an embedding says nothing about launches.
            if (t > 0 && kernel.WaitedFor is not (Timelines.StorageName or Timelines.TransferName))
            {
                launches[t].Add(Math.Max(0, (kernel.Start - kernels[t - 1].End).Milliseconds / 1e3));
            }
        }

        overheads.Add(seconds - ((kernels[^1].End - kernels[0].Start).Milliseconds / 1e3));
    }

    /// <summary>Every distinct launch: the median over runs, then the mean over the steps that are equal.</summary>
    public IEnumerable<MeasuredKernel> Kernels(KernelGraph graph)
    {
        double usual = Median([.. launches.Where(times => times.Count > 0).Select(Median)]);
        var steps = plan.Steps.Select((step, t) => (
            Signature: KernelSignature.Of(graph.Kernels[step.Kernel].Desc),
            step.Kernel,
            Panels: step.Panels.Count,
            Launch: launches[t].Count > 0 ? Median(launches[t]) : usual,
            Duration: Median(durations[t])));
        foreach (var group in steps.GroupBy(step => (step.Signature, step.Panels)))
        {
            KernelDesc desc = graph.Kernels[group.First().Kernel].Desc;
            (long flops, long bytes) = KernelWork.OfLaunch(desc, group.Key.Panels);
            yield return new MeasuredKernel
            {
                Signature = group.Key.Signature,
                Name = desc.Name,
                Family = desc.Family,
                Class = desc.Class,
                Panels = group.Key.Panels,
                Flops = flops,
                Bytes = bytes,
                LaunchSeconds = group.Average(step => step.Launch),
                Seconds = group.Average(step => step.Duration),
            };
        }
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }
}
