using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Measurements;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Engine;

namespace FlashMem.Simulator.Twin;

/// <summary>
/// Activities slow each other as they were measured to, whatever they share: processors, memory, a link. Beside several others the factors
/// multiply.
/// </summary>
internal sealed class InterferenceContention : IContention
{
    private readonly Dictionary<(DramClient Slowed, DramClient By, OperatorClass? Class), double> factors;
    private readonly List<Flow> active = [];
    private long now;
    private long interruptedUntil;

    public InterferenceContention(ImmutableArray<Interference> measured)
    {
        factors = measured.ToDictionary(
            one => (Client(one.Slowed), Client(one.By), one.Class), one => Math.Max(1, one.Factor));
    }

    public long? NextCompletion => active.Count == 0 ? null : now + active.Min(flow => flow.Interval(Speed(flow)));

    public IContendingWork? Add(in CommandTime work)
    {
        if (work.Alone == 0)
        {
            return null;
        }

        bool isKernel = work.Client == DramClient.Kernels;
        var flow = new Flow(work, isKernel ? Math.Max(0, interruptedUntil - now) : 0);
        active.Add(flow);
        return flow;
    }

    public bool HasKernels => active.Exists(flow => flow.Work.Client == DramClient.Kernels);

    public void Interrupt(long picoseconds)
    {
        if (active.Find(flow => flow.Work.Client == DramClient.Kernels) is { } kernel)
        {
            kernel.Lengthen(picoseconds);
        }
        else
        {
            interruptedUntil = now + picoseconds;
        }
    }

    public void AdvanceTo(long time)
    {
        while (now < time && active.Count > 0)
        {
            double[] speeds = [.. active.Select(Speed)];
            long interval = Math.Min(time - now, active.Zip(speeds, (flow, speed) => flow.Interval(speed)).Min());
            now += interval;
            for (int i = 0; i < active.Count; i++)
            {
                active[i].Advance(interval, speeds[i], now);
            }

            active.RemoveAll(flow => flow.CompletedAt is not null);
        }

        now = time;
    }

    public double RateOf(IContendingWork work) =>
        work is Flow { CompletedAt: null } flow ? flow.Work.DramBytes / (flow.Work.Alone * 1e-12) * Speed(flow) : 0;

    // Progress per picosecond; 1 alone.
    private double Speed(Flow flow)
    {
        double speed = 1;
        foreach (Flow other in active)
        {
            if (other != flow && factors.TryGetValue(
                (flow.Work.Client, other.Work.Client, flow.Work.Class ?? other.Work.Class), out double factor))
            {
                speed /= factor;
            }
        }

        return speed;
    }

    private static DramClient Client(DeviceActivity activity) => activity switch
    {
        DeviceActivity.Kernels => DramClient.Kernels,
        DeviceActivity.Copies => DramClient.Copies,
        DeviceActivity.Reads => DramClient.Storage,
        _ => throw new ArgumentOutOfRangeException(nameof(activity), activity, "unknown activity"),
    };

    private sealed class Flow(CommandTime work, long interrupted) : IContendingWork
    {
        // Less than this part of a picosecond is a rounding error.
        private const double Rounding = 1e-3;

        private double remaining = work.Alone + interrupted;

        public CommandTime Work { get; } = work;

        public long? CompletedAt { get; private set; }

        public long Interval(double speed) => Math.Max(1, (long)Math.Ceiling((remaining / speed) - Rounding));

        public void Lengthen(long picoseconds) => remaining += picoseconds;

        public void Advance(long interval, double speed, long time)
        {
            remaining -= interval * speed;
            CompletedAt = remaining <= Rounding ? time : null;
        }
    }
}
