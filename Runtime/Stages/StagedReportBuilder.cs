using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Graph.Stages;
using FlashMem.Runtime.Memory;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Runtime.Stages;

/// <summary>Makes the report of a staged session's runs.</summary>
internal static class StagedReportBuilder
{
    private static readonly string Version = typeof(StagedReport).Assembly.GetName().Version!.ToString(3);

    /// <param name="session">Whose runs.</param>
    /// <param name="first">Its first run.</param>
    /// <param name="alone">A run that had all stages to itself; may be the first.</param>
    /// <param name="together">Runs that were asked for at one time; none or several.</param>
    public static StagedReport Build(StagedSession session, StagedRun first, StagedResult alone, ImmutableArray<StagedRun> together)
    {
        ImmutableArray<OverlapPlan> plans = session.Plans;
        RunReport any = alone.Run.Stages[0].Report;
        bool isFirst = ReferenceEquals(first, alone.Run);
        bool steady = together.Length > 1;
        return new StagedReport
        {
            Version = Version,
            Model = session.ModelName,
            Policy = any.Policy,
            Weights = alone.Run.Stages.Any(stage => stage.Report.Weights == "fp16") ? "fp16" : "fp32",
            Activations = alone.Run.Stages[0].Report.Activations,
            BudgetBytes = session.BudgetBytes,
            WeightBytes = session.WeightBytes,
            IsComposedTime = session.IsComposedTime,
            Stages = [.. session.Stages.Select(stage => Figures(session, stage, plans[stage.Index], alone.Run, together))],
            Crossings =
            [
                .. session.Stages.SelectMany(stage => stage.Arrivals).GroupBy(crossing => (crossing.From, crossing.To))
                    .Select(group => new CrossingFigures(
                        group.Key.From, group.Key.To, group.Count(), group.Sum(crossing => crossing.Bytes), session.WayOf(group.First()))),
            ],
            Time = new StagedTimes
            {
                FirstRunMs = first.LatencyMs,
                LatencyMs = alone.Run.LatencyMs,
                IsLatencyOfFirstRun = isFirst,
                PlannedLatencyMs = plans.Sum(plan => isFirst ? plan.FirstRunMs : plan.RunMs),
                TogetherRuns = together.Length,
                TogetherLatencyMs = together.IsEmpty ? null : RunReport.Median([.. together.Select(run => run.LatencyMs)]),
                RunsPerSecond = steady ? (together.Length - 1) * 1e3 / (together[^1].End - together[0].End).Milliseconds : null,
                PlannedRunsPerSecond = steady ? 1e3 / plans.Max(plan => plan.RunMs) : null,
            },
            Process = session.Devices.All(device => device is ISimulatedDevice) ? null : ProcessMemory.Read(),
            Outputs = [.. session.OutputMetadata.Values.Select(output => Output(session, output, alone))],
        };
    }

    private static StageFigures Figures(
        StagedSession session, GraphStage stage, OverlapPlan plan, StagedRun alone, ImmutableArray<StagedRun> together)
    {
        RunReport report = alone.Stages[stage.Index].Report;
        StageRun[] busy = [.. together.Select(run => run.Stages[stage.Index])];
        double?[] stalls = [.. (busy.Length > 0 ? busy : [alone.Stages[stage.Index]]).Select(run => run.Report.Time.StallMs)];
        return new StageFigures
        {
            Device = session.Devices[stage.Index].Name,
            FirstKernel = stage.FirstKernel,
            Kernels = stage.Graph.Kernels.Length,
            WeightBytes = report.WeightBytes,
            PreloadedBytes = report.PreloadedBytes,
            StreamedBytes = report.StreamedBytes,
            PlannedPeakBytes = plan.PeakBytes,
            PeakBytes = together.IsEmpty ? report.Memory.PeakBytes : busy.Max(run => run.Report.Memory.PeakBytes),
            EstimatedMs = session.Cut.StageMs[stage.Index],
            PlannedFirstRunMs = plan.FirstRunMs,
            PlannedRunMs = plan.RunMs,
            AloneMs = Ms(alone.Stages[stage.Index]),
            TogetherMs = busy.Length == 0 ? null : RunReport.Median([.. busy.Select(Ms)]),
            StallMs = stalls.Any(stall => stall is null) ? null : RunReport.Median([.. stalls.Select(stall => stall!.Value)]),
            LockedFileBytes = report.Memory.LockedFileBytes,
        };
    }

    private static double Ms(StageRun run) => (run.End - run.Start).Milliseconds;

    private static OutputFigures Output(StagedSession session, TensorMetadata output, StagedResult run) =>
        OutputFigures.Of(output.Name, output.Shape, session.HashOutputs ? run.Outputs.GetValueOrDefault(output.Name) : null);
}
