using System.Collections.Immutable;

namespace FlashMem.Backends.OpenCL.Tuning;

/// <summary>What one call of the tuner found.</summary>
/// <param name="Kernels">One for every distinct kernel and form, the costliest first.</param>
/// <param name="Seconds">How long it took, programs included.</param>
/// <param name="IsCut">The time was over before everything was tried.</param>
/// <param name="ImagesMs">
/// Milliseconds of all kernels with streamed weights when these lie in images, with the best tiles (the tables' where the time was over);
/// null where there is no choice.
/// </param>
/// <param name="BuffersMs">The same with weights in buffers.</param>
public sealed record TuningReport(
    ImmutableArray<KernelTuning> Kernels, double Seconds, bool IsCut, double? ImagesMs, double? BuffersMs)
{
    /// <summary>Streamed weights are faster in images than in buffers; null where there is no choice.</summary>
    public bool? WeightImages => ImagesMs is { } images && BuffersMs is { } buffers ? images <= buffers : null;

    /// <summary>Milliseconds of all kernels as they are used, with the table's tiles.</summary>
    public double TableMs => Total(tuning => tuning.TableMs);

    /// <summary>With the winners'.</summary>
    public double BestMs => Total(tuning => tuning.BestMs);

    private double Total(Func<KernelTuning, double> time) =>
        Kernels.Where(tuning => WeightImages is null || tuning.WeightImages == WeightImages).Sum(tuning => tuning.Kernels * time(tuning));
}
