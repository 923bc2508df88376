using System.Collections.Immutable;
using FlashMem.Abstractions.Measurements;

namespace FlashMem.Runtime.Profiling;

/// <summary>What was measured in runs of one model.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Kernels">Every distinct launch, whole and sliced.</param>
/// <param name="OverheadSeconds">A run less the span from its first kernel's start to its last one's end.</param>
/// <param name="OutputBytes">Results that the host fetches in it.</param>
/// <param name="Runs">Runs that were measured, whole and sliced ones together.</param>
public sealed record ModelTimes(
    string Model, ImmutableArray<MeasuredKernel> Kernels, double OverheadSeconds, long OutputBytes, int Runs)
{
    /// <summary>Launches of several models together; of those that more than one measured, the mean counts.</summary>
    internal static ImmutableArray<MeasuredKernel> Merge(ImmutableArray<MeasuredKernel> before, IEnumerable<ModelTimes> models) =>
    [
        .. before.Concat(models.SelectMany(model => model.Kernels))
            .GroupBy(kernel => (kernel.Signature, kernel.Panels))
            .Select(group => group.First() with
            {
                LaunchSeconds = group.Average(kernel => kernel.LaunchSeconds),
                Seconds = group.Average(kernel => kernel.Seconds),
            }),
    ];
}
