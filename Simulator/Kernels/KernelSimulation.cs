using FlashMem.Abstractions.Time;
using FlashMem.Simulator.Compute;
using FlashMem.Simulator.Kernels.Patterns;
using FlashMem.Simulator.Memory;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Kernels;

/// <summary>
/// Runs a pattern on a machine with cold caches. Loops of many iterations are run twice, with a few iterations and with a few more; the
/// difference is what the others cost. Rounds of workgroups are extrapolated by the machine.
/// </summary>
internal static class KernelSimulation
{
    /// <summary>Iterations of a long loop in the first run; by then the reads of all waves are under way.</summary>
    private const int Few = 6;

    /// <summary>Iterations of a long loop in the run that measures it.</summary>
    private const int More = 18;

    private static readonly SteadyStateOptions Rounds = new() { TolerancePerMille = 30, FewestRounds = 2, MostRounds = 4 };

    public static KernelTiming Run(SimulatorSpec spec, KernelPattern pattern)
    {
        int stages = pattern.Stages.Length;
        var iterations = new int[stages];
        for (int i = 0; i < stages; i++)
        {
            int whole = pattern.Stages[i].Iterations;
            iterations[i] = whole > More ? Few : whole;
        }

        MachineResult first = Run(spec, pattern, iterations);
        var total = new Totals(first);
        for (int i = 0; i < stages; i++)
        {
            int whole = pattern.Stages[i].Iterations;
            if (whole > More)
            {
                iterations[i] = More;
                total.Add(first, Run(spec, pattern, iterations), whole - Few, More - Few);
                iterations[i] = Few;
            }
        }

        return total.Timing with { Cores = (int)Math.Min(pattern.Workgroups, (long)spec.Compute.Cores.Value) };
    }

    private static MachineResult Run(SimulatorSpec spec, KernelPattern pattern, int[] iterations) =>
        new GpuMachine(spec).Run(new SampledPattern(pattern, iterations), Rounds);

    /// <summary>Time and counts of a launch as they add up.</summary>
    private struct Totals(MachineResult first)
    {
        private long time = first.Picoseconds;
        private long read = first.Counters[Counter.DramReadBytes];
        private long written = first.Counters[Counter.DramWriteBytes];
        private long l2 = first.Counters[Counter.L2Bytes];
        private long texture = first.Counters[Counter.TextureBytes];
        private long longest;
        private string bound = first.BoundBy;

        public readonly KernelTiming Timing => new(new DeviceTime(time), read, written, l2, texture, bound);

        /// <summary>Adds iterations that cost as those by which two runs differ.</summary>
        public void Add(MachineResult few, MachineResult more, int iterations, int difference)
        {
            long added = Part(few.Picoseconds, more.Picoseconds);
            time += added;
            read += Part(few.Counters[Counter.DramReadBytes], more.Counters[Counter.DramReadBytes]);
            written += Part(few.Counters[Counter.DramWriteBytes], more.Counters[Counter.DramWriteBytes]);
            l2 += Part(few.Counters[Counter.L2Bytes], more.Counters[Counter.L2Bytes]);
            texture += Part(few.Counters[Counter.TextureBytes], more.Counters[Counter.TextureBytes]);
            if (added > longest)
            {
                (longest, bound) = (added, more.BoundBy);
            }

            long Part(long from, long to) => (long)((Int128)Math.Max(0, to - from) * iterations / difference);
        }
    }
}
