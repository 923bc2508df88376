using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Time;

namespace FlashMem.Simulator.Kernels;

/// <summary>A point of a <see cref="LoadCapacityCurve"/>.</summary>
/// <param name="Bytes">Carried bytes.</param>
/// <param name="Latency">Of the kernel with them.</param>
/// <param name="Growth">Latency over that of the kernel alone, less one.</param>
internal readonly record struct LoadCapacityPoint(long Bytes, DeviceTime Latency, double Growth);

/// <summary>
/// How a kernel's latency grows with the bytes that it carries, and how many it can carry below a growth. Launch not included.
/// </summary>
internal sealed class LoadCapacityCurve(IKernelTimer timer, KernelDesc kernel, PanelRange panels)
{
    private const int TexelBytes = 8;

    /// <summary>Bytes at which the search for a capacity gives up.</summary>
    private const long MostBytes = 1L << 32;

    /// <summary>Latency without carried bytes.</summary>
    public DeviceTime Alone => timer.TimeAny(kernel, panels, 0).Alone;

    public LoadCapacityPoint At(long bytes)
    {
        DeviceTime latency = timer.TimeAny(kernel, panels, bytes).Alone;
        return new LoadCapacityPoint(bytes, latency, ((double)latency.Picoseconds / Alone.Picoseconds) - 1);
    }

    /// <summary>
    /// The growth at each of some multiples of a number of bytes, for example of the kernel's input as in the paper's figure 2.
    /// </summary>
    public IReadOnlyList<LoadCapacityPoint> Sample(long unitBytes, ReadOnlySpan<double> ratios)
    {
        var points = new LoadCapacityPoint[ratios.Length];
        for (int i = 0; i < ratios.Length; i++)
        {
            points[i] = At((long)(unitBytes * ratios[i]));
        }

        return points;
    }

    /// <summary>
    /// Most bytes (whole texels) such that the growth stays within the threshold there and, as far as the simulated points tell, below:
    /// found by doubling until it is exceeded, then by halving.
    /// </summary>
    public long CapacityWithin(double growth)
    {
        long least = 0;
        long most = TexelBytes * 128;
        while (At(most).Growth <= growth)
        {
            least = most;
            most *= 2;
            if (most > MostBytes)
            {
                return least;
            }
        }

        while (most - least > Math.Max(TexelBytes, least / 64))
        {
            long middle = (least + most) / 2 / TexelBytes * TexelBytes;
            (least, most) = At(middle).Growth <= growth ? (middle, most) : (least, middle);
        }

        return least;
    }
}
