using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Runtime.Profiling;

/// <summary>
/// A plan that keeps everything resident, with its larger steps cut as a small budget would cut them. It is for measurements: no problem
/// poses these steps, so no verifier accepts it.
/// </summary>
internal static class SlicedPlan
{
    private const int Slices = 4;

    /// <param name="plan">Keeps everything resident.</param>
    /// <param name="panelsPerChunk">Panels in a chunk of a kernel's streamed weight; 0 for kernels without one.</param>
    public static OverlapPlan Of(OverlapPlan plan, Func<int, int> panelsPerChunk) =>
        plan with { Steps = [.. plan.Steps.SelectMany(step => Cut(step, panelsPerChunk(step.Kernel)))] };

    private static IEnumerable<PlanStep> Cut(PlanStep step, int panelsPerChunk)
    {
        int chunks = panelsPerChunk == 0 ? 0 : (step.Panels.Count + panelsPerChunk - 1) / panelsPerChunk;
        if (chunks < 2)
        {
            yield return step;
            yield break;
        }

        int panels = (chunks + Slices - 1) / Slices * panelsPerChunk;
        for (int start = step.Panels.Start; start < step.Panels.End; start += panels)
        {
            bool first = start == step.Panels.Start;
            bool last = start + panels >= step.Panels.End;
            yield return step with
            {
                Panels = new PanelRange(start, Math.Min(panels, step.Panels.End - start)),
                Loads = first ? step.Loads : [],
                Moves = first ? step.Moves : [],
                Releases = last ? step.Releases : [],
            };
        }
    }
}
