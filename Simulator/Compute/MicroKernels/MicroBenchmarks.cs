using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Compute.MicroKernels;

/// <summary>The micro-kernels run as ArchProbe runs them: on a device of their own, once to warm the caches and once for the figure.</summary>
internal static class MicroBenchmarks
{
    private const double PicosecondsPerSecond = 1e12;

    private const int MostReads = 65536;

    /// <summary>Bytes per second that an image of so many bytes is read with.</summary>
    public static double ImageBandwidth(SimulatorSpec spec, long rangeBytes) => Bandwidth(spec, BandwidthProgram.OfImage(spec, rangeBytes));

    /// <summary>Bytes per second that a buffer of so many bytes is read with.</summary>
    public static double BufferBandwidth(SimulatorSpec spec, long rangeBytes) => Bandwidth(spec, BandwidthProgram.OfBuffer(spec, rangeBytes));

    /// <summary>Picoseconds per dependent read of an image.</summary>
    public static double ImageChase(SimulatorSpec spec, long rangeBytes, long strideBytes)
    {
        long period = PointerChaseProgram.Period(rangeBytes, strideBytes);
        int reads = (int)Math.Min(MostReads, period * Math.Max(1, 512 / period));
        var program = new PointerChaseProgram(spec, rangeBytes, strideBytes, reads);
        var machine = new GpuMachine(spec);
        machine.Run(program);
        return (double)machine.Run(program).Picoseconds / reads;
    }

    private static double Bandwidth(SimulatorSpec spec, BandwidthProgram program)
    {
        var machine = new GpuMachine(spec);
        machine.Run(program);
        MachineResult result = machine.Run(program);
        return program.BytesRead / (result.Picoseconds / PicosecondsPerSecond);
    }
}
