using FlashMem.Runtime.Reports;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Benchmarks.Planners;

/// <summary>One policy on one model: its first run, which loads, and a repeated one.</summary>
internal sealed record PolicyRow(string Policy, RunReport First, RunReport Repeated, OverlapPlan Plan)
{
    /// <summary>Integrated latency, as the paper has it.</summary>
    public double FirstMs => First.Time.IntegratedMs ?? First.Time.MedianMs;

    public double FirstMeanBytes => First.Memory.MeanBytes!.Value;
}
