using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;
using FlashMem.Simulator.Engine;

namespace FlashMem.Simulator.Device;

/// <summary>
/// The device's clock, its future and its DRAM. Work is a duration and the bytes of DRAM that it moves evenly meanwhile; when the clients
/// together want more than DRAM gives, max-min fair shares slow those down that want most. Times in picoseconds. Not thread-safe.
/// </summary>
internal sealed class DeviceLoop
{
    /// <summary>Name of the bandwidth counter in traces.</summary>
    public const string BandwidthCounter = "DRAM GB/s";

    private const long PicosecondsPerSecond = 1_000_000_000_000;

    private readonly EventQueue<Action> events = new();
    private readonly List<Work> working = [];
    private readonly double[] rates = new double[Enum.GetValues<DramClient>().Length];
    private readonly SharedBandwidth dram;
    private readonly long bytesPerSecond;
    private bool ratesChanged;

    /// <param name="bytesPerSecond">What DRAM gives all clients together.</param>
    public DeviceLoop(long bytesPerSecond)
    {
        this.bytesPerSecond = bytesPerSecond;
        dram = new SharedBandwidth(bytesPerSecond);
    }

    public long Now { get; private set; }

    /// <summary>Receives the bandwidth of every client whenever it changes.</summary>
    public ITraceSink? Trace { get; set; }

    /// <summary>Runs an action after a time; those of one moment run in the order given.</summary>
    public void After(long picoseconds, Action action) => events.Push(checked(Now + picoseconds), action);

    /// <summary>Starts work now.</summary>
    /// <param name="client">Who does it.</param>
    /// <param name="alone">How long it takes when it has DRAM to itself.</param>
    /// <param name="bytes">DRAM traffic; more than fits the duration counts as what fits.</param>
    /// <param name="done">Runs when it is done.</param>
    public void Start(DramClient client, long alone, long bytes, Action done)
    {
        long most = (long)Int128.Min((Int128)alone * bytesPerSecond / PicosecondsPerSecond, long.MaxValue);
        bytes = Math.Min(bytes, most);
        if (bytes == 0)
        {
            After(alone, done);
            return;
        }

        // Rounded up, so that the bytes are never what keeps work alone on DRAM from ending in time.
        var ceiling = (long)((((Int128)bytes * PicosecondsPerSecond) + alone - 1) / alone);
        working.Add(new Work(client, dram.Add(bytes, ceiling), Now + alone, done));
        ratesChanged = true;
    }

    /// <summary>Lets happen what happens next and moves the clock there.</summary>
    /// <param name="latest">Not what lies after this.</param>
    /// <returns>False when there is nothing.</returns>
    public bool Step(long latest = long.MaxValue)
    {
        SampleRates();
        long next = Math.Min(events.NextTime, dram.NextCompletion ?? long.MaxValue);
        if (next == long.MaxValue || next > latest)
        {
            return false;
        }

        MoveTo(next);
        for (int i = 0; i < working.Count;)
        {
            if (working[i].Flow.CompletedAt is null)
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
        dram.AdvanceTo(time);
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

        foreach (DramClient client in Enum.GetValues<DramClient>())
        {
            double rate = working.Where(work => work.Client == client).Sum(work => (double)dram.RateOf(work.Flow)) / 1e9;
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

    private readonly record struct Work(DramClient Client, BandwidthFlow Flow, long Earliest, Action Done);
}
