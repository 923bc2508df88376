using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Memory;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Compute;

/// <summary>
/// The shader cores' issue ports and arithmetic pipes. A wave's arithmetic holds the pipe of its core for all lanes of the wave, also for
/// those that take no part; special functions have a pipe of their own. Times in picoseconds.
/// </summary>
internal sealed class ShaderCores
{
    private readonly Gate[] issue;
    private readonly Gate[] arithmetic;
    private readonly Gate[] special;
    private readonly Rate perIssue;
    private readonly Rate perFp32;
    private readonly Rate perFp16;
    private readonly Rate perSpecial;
    private readonly long clockPeriod;

    public ShaderCores(ComputeSpec spec)
    {
        Cores = Quantities.Count(spec.Cores, "compute.cores");
        WaveWidth = Quantities.Count(spec.WaveWidth, "compute.waveWidth");
        WavesPerCore = Quantities.Count(spec.WavesPerCore, "compute.wavesPerCore");
        perIssue = Quantities.PerClock(spec.IssuePerClock, spec.Clock, "compute.issuePerClock", "1/clk");
        perFp32 = Quantities.PerClock(spec.Fp32PerClock, spec.Clock, "compute.fp32PerClock", "1/clk");
        perFp16 = Quantities.PerClock(spec.Fp16PerClock, spec.Clock, "compute.fp16PerClock", "1/clk");
        perSpecial = Quantities.PerClock(spec.SpecialPerClock, spec.Clock, "compute.specialPerClock", "1/clk");
        clockPeriod = Rate.PerSecond(Quantities.Hertz(spec.Clock)).Duration(1);
        (issue, arithmetic, special) = (new Gate[Cores], new Gate[Cores], new Gate[Cores]);
    }

    public int Cores { get; }

    public int WaveWidth { get; }

    public int WavesPerCore { get; }

    /// <summary>One clock, rounded up.</summary>
    public long ClockPeriod => clockPeriod;

    /// <summary>Takes an issue slot and returns its time.</summary>
    public long Issue(int core, long earliest) => issue[core].Reserve(earliest, perIssue.Duration(1));

    /// <summary>Runs arithmetic of a wave and returns when its results can be used.</summary>
    public long Work(int core, WaveOp op, int amount, long earliest)
    {
        Rate rate = op switch
        {
            WaveOp.Fp32 => perFp32,
            WaveOp.Fp16 => perFp16,
            WaveOp.Special => perSpecial,
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, "no arithmetic"),
        };
        long duration = rate.Duration((long)amount * WaveWidth);
        return (op == WaveOp.Special ? special[core].Reserve(earliest, duration) : arithmetic[core].Reserve(earliest, duration)) + duration;
    }

    /// <summary>Sets the cores' counters.</summary>
    public void Count(Counters counters)
    {
        counters[Counter.IssueBusy] = issue.Sum(gate => gate.Busy);
        counters[Counter.ArithmeticBusy] = arithmetic.Sum(gate => gate.Busy);
        counters[Counter.SpecialBusy] = special.Sum(gate => gate.Busy);
    }
}
