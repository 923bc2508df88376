using FlashMem.Abstractions.Devices;

namespace FlashMem.Runtime.Profiling;

/// <summary>Work that can be enqueued in any amount, to be measured alone and beside other work.</summary>
/// <param name="Issue">Enqueues so many units and returns the point at which they are complete.</param>
internal sealed record ProbeStream(Func<int, TimePoint> Issue)
{
    /// <summary>A stream whose units are enqueued one by one.</summary>
    public static ProbeStream Of(Func<TimePoint> one) => new(count =>
    {
        TimePoint last = default;
        for (int i = 0; i < count; i++)
        {
            last = one();
        }

        return last;
    });
}
