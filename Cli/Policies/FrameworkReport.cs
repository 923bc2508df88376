using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Options;
using FlashMem.Runtime.Reports;
using FlashMem.Simulator.Frameworks;

namespace FlashMem.Cli.Policies;

/// <summary>
/// The report of a framework's run, from one of ours with everything resident. Memory is that of tensors, as in all reports.
/// </summary>
internal static class FrameworkReport
{
    private const string Solver = "replay";

    /// <param name="framework">One that preloads.</param>
    /// <param name="resident">A repeated run of policy preload: its kernels, weights and activations.</param>
    /// <param name="isFirst">The run that initialises, loads, transforms and tunes.</param>
    /// <param name="budgetBytes">What was asked for; null for none.</param>
    /// <exception cref="BudgetException">The framework's tensors need more than the budget.</exception>
    public static RunReport Of(FrameworkSpec framework, RunReport resident, bool isFirst, long? budgetBytes)
    {
        PreloadReplay replay = PreloadReplay.Of(
            framework, resident.WeightBytes, resident.Memory.PeakActivationBytes, resident.Time.MedianMs);
        long process = (long)framework.ProcessBytes.Value;
        long peak = (long)replay.PeakBytes - process;
        if (budgetBytes < peak)
        {
            throw new BudgetException(
                $"a budget of {ByteSize.Format(budgetBytes.Value)} cannot work for {resident.Model} with policy {framework.Name}, "
                + $"which holds all weights in two copies while it transforms them: the smallest that works is {peak} bytes",
                budgetBytes.Value,
                peak);
        }

        double runMs = isFirst ? replay.IntegratedMs : replay.RunMs;
        long activations = (long)(resident.Memory.PeakActivationBytes * framework.ActivationShare.Value);
        return resident with
        {
            Policy = framework.Name,
            BudgetBytes = budgetBytes,
            PreloadedBytes = resident.WeightBytes,
            StreamedBytes = 0,
            Plan = resident.Plan with { Solver = Solver },
            Memory = resident.Memory with
            {
                PlannedPeakBytes = peak,
                PeakBytes = peak,
                MeanBytes = isFirst ? (long)replay.MeanBytes - process : resident.WeightBytes + activations,
                PeakUnifiedBytes = resident.WeightBytes,
                PeakTextureBytes = resident.WeightBytes,
                PeakActivationBytes = activations,
            },
            Time = resident.Time with
            {
                FirstRunMs = replay.IntegratedMs,
                IntegratedMs = replay.IntegratedMs,
                RunsMs = [runMs],
                MedianMs = runMs,
                StorageBusyMs = isFirst ? replay.LoadMs : 0,
                TransferBusyMs = isFirst ? replay.TransformMs : 0,
                ComputeBusyMs = replay.RunMs + (isFirst ? replay.TuningMs : 0),
                StallMs = isFirst ? replay.LoadMs + replay.TransformMs : 0,
                Overlap = isFirst ? 0 : null,
            },
            Bound = resident.Bound.WithRun(runMs),
        };
    }
}
