using FlashMem.Benchmarks.Support;

namespace FlashMem.Benchmarks.OpenCl;

/// <summary>One engine on one model, processes of its own.</summary>
/// <param name="StartMs">Process start to first result, programs cached.</param>
/// <param name="SteadyMs">Repeated run.</param>
/// <param name="PeakMegabytes">Peak resident memory, in 1e6 bytes.</param>
internal sealed record EngineSample(double StartMs, double SteadyMs, double PeakMegabytes);

/// <summary>Samples of one engine with one setting, one per pair of processes.</summary>
internal sealed class EngineSamples : List<EngineSample>
{
    public double[] StartMs => [.. this.Select(sample => sample.StartMs)];

    public double[] SteadyMs => [.. this.Select(sample => sample.SteadyMs)];

    public double[] PeakMegabytes => [.. this.Select(sample => sample.PeakMegabytes)];

    /// <summary>The figures of the setting whose median is least.</summary>
    public static double[] Least(IEnumerable<EngineSamples> settings, Func<EngineSamples, double[]> figure) =>
        settings.Select(figure).MinBy(values => Median.Of(values))!;
}
