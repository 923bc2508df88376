using FlashMem.Cli.Options;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Cli.Rendering;

/// <summary>A plan in a few lines.</summary>
internal static class PlanView
{
    /// <param name="plan">The plan.</param>
    /// <param name="kernelTimes">How much of its kernel time was measured; null where it was not planned by a profile's.</param>
    /// <param name="output">Where the lines go.</param>
    public static void Write(OverlapPlan plan, string? kernelTimes, TextWriter output)
    {
        string status = plan.Status.ToString().ToLowerInvariant();
        int loads = plan.Preloaded.Length + plan.Steps.Sum(step => step.Loads.Length);
        output.WriteLine($"plan for {plan.Model}, policy {plan.Policy.Name()} ({plan.Solver}, {status})");
        Line("budget", plan.BudgetBytes is { } budget ? ByteSize.Format(budget)
            : plan.LatencySlack is null ? "none: everything is preloaded" : "none");
        string onDevice = plan.TextureArenaBytes + plan.TableArenaBytes + plan.RowStagingBytes == 0
            ? ""
            : $"textures {ByteSize.Format(plan.TextureArenaBytes)}, tables {ByteSize.Format(plan.TableArenaBytes)}, "
                + $"row staging {ByteSize.Format(plan.RowStagingBytes)}, ";
        Line("peak", $"{ByteSize.Format(plan.PeakBytes)}  (arena {ByteSize.Format(plan.UnifiedArenaBytes)}, {onDevice}parameters "
            + $"{ByteSize.Format(plan.ParametersBytes)}, activations {ByteSize.Format(plan.ActivationBytes)}, workspace "
            + $"{ByteSize.Format(plan.WorkspaceBytes)})");
        Line("steps", $"{plan.Steps.Length}, {loads} chunks of about {ByteSize.Format(plan.ChunkBytes)}, "
            + $"{plan.Preloaded.Length} preloaded, {plan.Retained.Length} kept between runs");
        if (!plan.Pinned.IsEmpty)
        {
            Line("pinned", $"{plan.Pinned.Length} weights, resident before the first step and between runs");
        }

        Line("predicted", $"first run {plan.FirstRunMs:0.#} ms, repeated {plan.RunMs:0.#} ms");
        if (kernelTimes is not null)
        {
            Line("kernel times", kernelTimes);
        }

        if (plan is { FirstMeanBytes: { } firstMean, MeanBytes: { } mean })
        {
            Line("mean memory", $"first run {ByteSize.Format(firstMean)}, repeated {ByteSize.Format(mean)}");
        }

        if (plan is { Bound: { } bound, Gap: { } gap })
        {
            Line("proved", plan.LatencySlack is null
                ? $"no plan repeats a run in less than {bound:0.#} ms, this one is within {gap * 100:0.##} %"
                : $"no plan that fast takes less than {ByteSize.Format((long)bound)} in the mean of both runs, this one is within "
                    + $"{gap * 100:0.##} %");
        }

        foreach (string note in plan.Notes)
        {
            Line("note", note);
        }

        void Line(string label, string text) => output.WriteLine($"  {label,-14} {text}");
    }
}
