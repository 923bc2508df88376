using System.Globalization;
using FlashMem.Simulator.Compute.MicroKernels;
using FlashMem.Simulator.Specs;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Simulator.Compute;

/// <summary>
/// The Pixel 4's measured curves come out of micro-kernels that run through the simulated hierarchy, within 15 % at every point that
/// shows memory (<see cref="Adreno640Curves"/> says which do not).
/// </summary>
public sealed class PixelFourTests
{
    private const double Tolerance = 0.15;

    private const string Folder = "reference/adreno640";

    private static readonly SimulatorSpec Spec = SimulatorPresets.Load("pixel-4");

    [Fact]
    public void Image_bandwidth() => Assert.All(
        Adreno640Curves.Image, point => AssertClose(point.GigabytesPerSecond, MicroBenchmarks.ImageBandwidth(Spec, point.Range) / 1e9));

    [Fact]
    public void Buffer_bandwidth() => Assert.All(
        Adreno640Curves.Buffer, point => AssertClose(point.GigabytesPerSecond, MicroBenchmarks.BufferBandwidth(Spec, point.Range) / 1e9));

    [Fact]
    public void Image_pointer_chase() => Assert.All(
        Adreno640Curves.Chase, point => AssertClose(point.Nanoseconds, MicroBenchmarks.ImageChase(Spec, point.Range, point.Stride) / 1e3));

    [Fact]
    public void The_embedded_points_are_those_of_the_files()
    {
        Assert.Equal(Adreno640Curves.Image, Bandwidths("ImageBandwidth.csv").Where(point => point.Range <= 262144));
        Assert.Equal(Adreno640Curves.Buffer, Bandwidths("BufferBandwidth.csv").Where(point => point.Range >= 2048));
        Assert.Subset(Chases().ToHashSet(), Adreno640Curves.Chase.ToHashSet());
    }

    [Fact]
    public void Image_pointer_chase_at_ranges_spread_over_the_file()
    {
        // Every range around the first knee, then every 61st: a prime, so that all remainders by lines and sets come up.
        IEnumerable<(long Range, long Stride, double Nanoseconds)> points = Chases().Where((point, row) => row < 128 || row % 61 == 0);

        Assert.All(points, point => AssertClose(point.Nanoseconds, MicroBenchmarks.ImageChase(Spec, point.Range, point.Stride) / 1e3));
    }

    [Fact(Explicit = true)]
    public void Image_pointer_chase_at_every_range_of_the_file() => Assert.All(
        Chases(), point => AssertClose(point.Nanoseconds, MicroBenchmarks.ImageChase(Spec, point.Range, point.Stride) / 1e3));

    [Fact]
    public void Without_its_limit_of_followed_lines_the_cache_would_share_what_the_device_does_not()
    {
        SimulatorSpec ideal = Spec with { Memory = Spec.Memory with { L2 = Spec.Memory.L2 with { MissEntries = null } } };

        Assert.True(MicroBenchmarks.BufferBandwidth(ideal, 1 << 20) > 2 * MicroBenchmarks.BufferBandwidth(Spec, 1 << 20));
    }

    private static void AssertClose(double measured, double simulated) =>
        Assert.InRange(simulated, measured * (1 - Tolerance), measured * (1 + Tolerance));

    // Ranges are powers of two, those of a million and more printed rounded.
    private static List<(long Range, double GigabytesPerSecond)> Bandwidths(string file) =>
        [.. Rows(file).Select(row => (1L << (int)Math.Round(Math.Log2(row[0])), row[2]))];

    private static List<(long Range, long Stride, double Nanoseconds)> Chases() =>
        [.. Rows("image_pchase.csv").Select(row => ((long)row[0], (long)row[1], row[2]))];

    private static IEnumerable<double[]> Rows(string file)
    {
        Assert.SkipUnless(SharedFiles.TryGet(Path.Combine(Folder, file), out string? path), $"{Folder}/{file} is not here");
        return File.ReadLines(path!).Skip(1)
            .Select(line => line.Split(',').Select(value => double.Parse(value, CultureInfo.InvariantCulture)).ToArray());
    }
}
