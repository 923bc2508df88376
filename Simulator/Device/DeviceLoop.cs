using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Simulator.Engine;

namespace FlashMem.Simulator.Device;

/// <summary>
/// The device's clock, its future and what work on it slows other work. Times in picoseconds. Not thread-safe.
/// </summary>
/// <param name="contention">How long work takes beside other work.</param>
internal sealed class DeviceLoop(IContention contention)
{
    /// <summary>Name of the bandwidth counter in traces.</summary>
    public const string BandwidthCounter = "DRAM GB/s";

    private static readonly DramClient[] Clients = Enum.GetValues<DramClient>();

    private readonly EventQueue<Action> events = new();
    private readonly List<Work> working = [];
    private readonly double[] rates = new double[Clients.Length];
    private bool ratesChanged;

    public long Now { get; private set; }

    /// <summary>Receives the bandwidth of every client whenever it changes.</summary>
    public ITraceSink? Trace { get; set; }

    /// <summary>Runs an action after a time; those of one moment run in the order given.</summary>
    public void After(long picoseconds, Action action) => events.Push(checked(Now + picoseconds), action);

    /// <summary>Starts work now.</summary>
    /// <param name="work">What it takes when nothing else goes on.</param>
    /// <param name="done">Runs when it is done.</param>
    public void Start(in CommandTime work, Action done)
    {
        if (contention.Add(work) is not { } contending)
        {
            After(work.Alone, done);
            return;
        }

        working.Add(new Work(work.Client, contending, Now + work.Alone, done));
        ratesChanged = true;
    }

    /// <summary>A kernel is under way.</summary>
    public bool HasKernels => contention.HasKernels;

    /// <summary>Takes time from the kernel under way, or what is left of it from the next.</summary>
    public void Interrupt(long picoseconds) => contention.Interrupt(picoseconds);

    /// <summary>Lets happen what happens next and moves the clock there.</summary>
    /// <param name="latest">Not what lies after this.</param>
    /// <returns>False when there is nothing.</returns>
    public bool Step(long latest = long.MaxValue)
    {
        SampleRates();
        long next = Math.Min(events.NextTime, contention.NextCompletion ?? long.MaxValue);
        if (next == long.MaxValue || next > latest)
        {
            return false;
        }

        MoveTo(next);
        for (int i = 0; i < working.Count;)
        {
            if (working[i].Contending.CompletedAt is null)
            {
                i++;
                continue;
            }

            Work work = working[i];
            working.RemoveAt(i);
            ratesChanged = true;
            events.Push(Math.Max(Now, work.Earliest), work.Done);
        }

        while (events.NextTime == Now && events.TryPop(out _, out Action? action))
        {
            action();
        }

        return true;
    }

    /// <summary>Moves the clock on; nothing may be due before.</summary>
    public void MoveTo(long time)
    {
        SampleRates();
        contention.AdvanceTo(time);
        Now = time;
    }

    private void SampleRates()
    {
        if (!ratesChanged)
        {
            return;
        }

        ratesChanged = false;
        if (Trace is null)
        {
            return;
        }

        foreach (DramClient client in Clients)
        {
            double rate = 0;
            foreach (Work work in working)
            {
                rate += work.Client == client ? contention.RateOf(work.Contending) : 0;
            }

            rate /= 1e9;
            if (rate != rates[(int)client])
            {
                rates[(int)client] = rate;
                Trace.Add(new TraceSample(new DeviceTime(Now), BandwidthCounter, NameOf(client), rate));
            }
        }
    }

    private static string NameOf(DramClient client) => client switch
    {
        DramClient.Kernels => "kernels",
        DramClient.Copies => "copies",
        DramClient.Storage => "storage",
        _ => throw new ArgumentOutOfRangeException(nameof(client), client, "unknown client"),
    };

    private readonly record struct Work(DramClient Client, IContendingWork Contending, long Earliest, Action Done);
}
