using FlashMem.Benchmarks.Support;

namespace FlashMem.Benchmarks.OpenCl;

/// <summary>One engine on one model, processes of its own.</summary>
/// <param name="StartMs">Process start to first result, programs cached.</param>
/// <param name="SteadyMs">Repeated run.</param>
/// <param name="PeakMegabytes">Peak resident memory, in 1e6 bytes.</param>
internal sealed record EngineSample(double StartMs, double SteadyMs, double PeakMegabytes);

/// <summary>Samples of one engine with one setting.</summary>
/// <param name="Setting">For the table.</param>
/// <param name="Samples">One per pair of processes.</param>
internal sealed record EngineSamples(string Setting, List<EngineSample> Samples)
{
    public double[] StartMs => [.. Samples.Select(sample => sample.StartMs)];

    public double[] SteadyMs => [.. Samples.Select(sample => sample.SteadyMs)];

    public double[] PeakMegabytes => [.. Samples.Select(sample => sample.PeakMegabytes)];

    /// <summary>The figures of the setting whose median is least.</summary>
    public static double[] Least(IEnumerable<EngineSamples> settings, Func<EngineSamples, double[]> figure) =>
        settings.Select(figure).MinBy(values => Median.Of(values))!;
}
