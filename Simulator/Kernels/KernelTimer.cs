using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Time;
using FlashMem.Simulator.Kernels.Patterns;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Kernels;

/// <summary>
/// Times kernels by running their patterns through the simulated GPU. Results are kept in a <see cref="KernelTimerCache"/>. Carried bytes
/// are simulated at fixed numbers of texels per work-item; between two of them time and traffic are a straight line.
/// </summary>
internal sealed class KernelTimer : IKernelTimer
{
    private readonly SimulatorSpec spec;
    private readonly PatternTarget target;
    private readonly KernelTimerCache cache;

    /// <param name="spec">The device.</param>
    /// <param name="cache">Results to use and to add to; made for the same device.</param>
    public KernelTimer(SimulatorSpec spec, KernelTimerCache? cache = null)
    {
        this.spec = spec;
        this.cache = cache ?? KernelTimerCache.For(spec);
        this.cache.Check(spec);
        target = PatternTarget.Of(spec);
    }

    /// <summary>Launches that had to be simulated.</summary>
    public int Simulated { get; private set; }

    public KernelTimerCache Cache => cache;

    public string Identity => cache.Device;

    public KernelTiming Time(KernelDesc kernel, PanelRange panels, long carriedBytes)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        KernelPatterns.Check(kernel, panels, carriedBytes);
        return TimeAny(kernel, panels, carriedBytes);
    }

    public KernelTiming TimeAny(KernelDesc kernel, PanelRange panels, long carriedBytes)
    {
        if (kernel.Output.ElementCount == 0)
        {
            return new KernelTiming(DeviceTime.Zero, 0, 0, 0, 0, "launch");
        }

        string key = KernelKey.Of(kernel, panels);
        KernelMemo plain = Point(kernel, panels, key, 0);
        if (carriedBytes == 0)
        {
            return plain.Timing;
        }

        double perItem = carriedBytes / (double)plain.RoundBytes;
        (double below, double above) = CarriedGrid.Around(perItem);
        KernelTiming from = Point(kernel, panels, key, below, plain.RoundBytes).Timing;
        KernelTiming to = Point(kernel, panels, key, above, plain.RoundBytes).Timing;
        return Between(from, to, (perItem - below) / (above - below));
    }

    private static KernelTiming Between(KernelTiming from, KernelTiming to, double part)
    {
        return new KernelTiming(
            new DeviceTime(At(from.Alone.Picoseconds, to.Alone.Picoseconds)),
            At(from.DramReadBytes, to.DramReadBytes),
            At(from.DramWriteBytes, to.DramWriteBytes),
            At(from.L2Bytes, to.L2Bytes),
            At(from.TextureBytes, to.TextureBytes),
            part < 0.5 ? from.BoundBy : to.BoundBy)
        {
            Cores = from.Cores,
        };

        long At(long a, long b) => a + (long)Math.Round((b - a) * part);
    }

    private KernelMemo Point(KernelDesc kernel, PanelRange panels, string key, double perItem, long roundBytes = 0)
    {
        string full = perItem == 0 ? key : FormattableString.Invariant($"{key}+{perItem}");
        if (cache.TryGet(full, out KernelMemo? memo))
        {
            return memo;
        }

        long bytes = (long)Math.Ceiling(perItem * roundBytes);
        KernelPattern pattern = KernelPatterns.Build(target, kernel, panels, bytes);
        Simulated++;
        memo = new KernelMemo(
            pattern.Workgroups * pattern.WavesPerWorkgroup * target.WaveWidth * HalfElements.TexelBytes,
            KernelSimulation.Run(spec, pattern));
        cache.Add(full, memo);
        return memo;
    }
}

/// <summary>Numbers of carried texels per work-item that are simulated: none, a quarter, then powers of two from one.</summary>
internal static class CarriedGrid
{
    private const double Fraction = 0.25;

    /// <summary>Neighbours of a number on the grid: below it or equal, and above.</summary>
    public static (double Below, double Above) Around(double perItem)
    {
        if (perItem < 1)
        {
            return perItem < Fraction ? (0, Fraction) : (Fraction, 1);
        }

        double octave = Math.Pow(2, Math.Floor(Math.Log2(perItem)));
        return (octave, 2 * octave);
    }
}
