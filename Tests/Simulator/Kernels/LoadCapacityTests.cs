using FlashMem.Abstractions.Kernels;
using FlashMem.Simulator.Kernels;
using Xunit;

namespace FlashMem.Tests.Simulator.Kernels;

/// <summary>
/// The classes of the paper's table 5 come out of the model on oneplus-12: under the thresholds of 0, 20 and 300 % kernels over rows carry
/// almost nothing, products and convolutions much, elementwise kernels much for their size.
/// </summary>
public sealed class LoadCapacityTests
{
    private readonly KernelTimer timer = new(SimulatorKernels.Phone);

    [Fact]
    public void Kernels_over_rows_carry_almost_nothing()
    {
        foreach (KernelDesc kernel in new KernelDesc[]
        {
            SimulatorKernels.Softmax(1024, 256), SimulatorKernels.Softmax(2364, 197), SimulatorKernels.Normalize(128, 768),
            SimulatorKernels.Normalize(1024, 320), SimulatorKernels.Reduce(2048, 49),
        })
        {
            Assert.InRange(Capacity(kernel) / (double)InputBytes(kernel), 0, 0.02);
            Assert.True(Curve(kernel).At(InputBytes(kernel)).Growth > 0.1, $"{kernel} grows by less than 10 %");
        }
    }

    [Fact]
    public void Products_and_convolutions_carry_more_than_they_read()
    {
        foreach (KernelDesc kernel in new KernelDesc[]
        {
            SimulatorKernels.Product(128, 768, 768), SimulatorKernels.Product(197, 768, 768), SimulatorKernels.Conv(128, 28, 128, 3, 1),
        })
        {
            Assert.True(Capacity(kernel) > InputBytes(kernel), $"{kernel.Name}: {Capacity(kernel)} of {InputBytes(kernel)} bytes");
        }
    }

    [Fact]
    public void Elementwise_kernels_carry_a_multiple_of_what_they_read_but_slow_down_from_the_start()
    {
        KernelDesc kernel = SimulatorKernels.Add(1 << 20);
        LoadCapacityCurve curve = Curve(kernel);

        Assert.True(Capacity(kernel) > 1.5 * InputBytes(kernel));
        Assert.True(curve.At(InputBytes(kernel)).Growth > 0.5);
        Assert.True(curve.CapacityWithin(0.2) < InputBytes(kernel) / 3);
    }

    [Fact]
    public void More_extra_bytes_take_longer_once_bandwidth_binds()
    {
        KernelDesc kernel = SimulatorKernels.Add(1 << 18);
        IReadOnlyList<LoadCapacityPoint> points = Curve(kernel).Sample(InputBytes(kernel), [0, 0.5, 1, 2, 4]);

        Assert.Equal(points.OrderBy(point => point.Latency.Picoseconds), points);
        Assert.Equal(0, points[0].Growth);
    }

    private static long InputBytes(KernelDesc kernel) =>
        kernel.Inputs.Sum(view => view.ElementCount * 2) + (kernel.Panels?.TotalBytes ?? 0);

    private LoadCapacityCurve Curve(KernelDesc kernel) => new(timer, kernel, SimulatorKernels.All(kernel));

    private long Capacity(KernelDesc kernel) => Curve(kernel).CapacityWithin(kernel.Class.AllowedGrowth());
}
