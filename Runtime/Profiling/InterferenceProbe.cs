using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Time;

namespace FlashMem.Runtime.Profiling;

/// <summary>Runs two streams of work alone and together and sees how much each slows the other.</summary>
/// <param name="device">Whose clock counts.</param>
/// <param name="repetitions">Measurements, whose median counts.</param>
internal sealed class InterferenceProbe(IDevice device, int repetitions)
{
    /// <summary>Each stream gets work for so long: far more than starting takes.</summary>
    private const double StreamSeconds = 0.1;

    private const int TrialUnits = 2;
    private const int MostUnits = 4096;

    /// <summary>How many times as long each takes beside the other; at least 1.</summary>
    public (double First, double Second) Measure(ProbeStream first, ProbeStream second)
    {
        int firstUnits = UnitsOf(first);
        int secondUnits = UnitsOf(second);
        var slowed = new double[repetitions];
        var slowedToo = new double[repetitions];
        for (int i = 0; i < repetitions; i++)
        {
            double firstAlone = Alone(first, firstUnits);
            double secondAlone = Alone(second, secondUnits);
            (double firstEnd, double secondEnd) = Together(first, firstUnits, second, secondUnits);
            (slowed[i], slowedToo[i]) = Factors(firstAlone, secondAlone, firstEnd, secondEnd);
        }

        Array.Sort(slowed);
        Array.Sort(slowedToo);
        return (slowed[repetitions / 2], slowedToo[repetitions / 2]);
    }

    /// <summary>
    /// Factors from times: until the earlier end both went on; after it the other had the device to itself and did what it does alone in
    /// that time.
    /// </summary>
    public static (double First, double Second) Factors(double firstAlone, double secondAlone, double firstEnd, double secondEnd)
    {
        double both = Math.Min(firstEnd, secondEnd);
        return (Factor(firstAlone, firstEnd), Factor(secondAlone, secondEnd));

        double Factor(double alone, double end)
        {
            double done = alone - (end - both);

            // Nothing was done beside the other: the device serves one after the other, which is twice as long for equal streams.
            return done <= 0 ? 2 : Math.Max(1, both / done);
        }
    }

    private int UnitsOf(ProbeStream stream)
    {
        Alone(stream, TrialUnits);
        return (int)Math.Clamp(StreamSeconds / (Alone(stream, TrialUnits) / TrialUnits), TrialUnits, MostUnits);
    }

    private double Alone(ProbeStream stream, int units)
    {
        DeviceTime start = device.Now;
        stream.Issue(units).Wait();
        return (device.Now - start).Milliseconds / 1e3;
    }

    private (double First, double Second) Together(ProbeStream first, int firstUnits, ProbeStream second, int secondUnits)
    {
        DeviceTime start = device.Now;
        var ends = new DeviceTime[2];
        TimePoint firstDone = first.Issue(firstUnits);
        firstDone.Timeline.WhenReached(firstDone.Value, () => ends[0] = device.Now);
        TimePoint secondDone = second.Issue(secondUnits);
        secondDone.Timeline.WhenReached(secondDone.Value, () => ends[1] = device.Now);
        firstDone.Wait();
        secondDone.Wait();

        // A waiter may be woken before the callback has run.
        DeviceTime now = device.Now;
        return (SecondsTo(ends[0]), SecondsTo(ends[1]));

        double SecondsTo(DeviceTime end) => ((end == DeviceTime.Zero ? now : end) - start).Milliseconds / 1e3;
    }
}
