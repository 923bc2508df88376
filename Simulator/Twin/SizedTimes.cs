using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Measurements;

namespace FlashMem.Simulator.Twin;

/// <summary>
/// Times of requests of any size from those of measured sizes: straight lines between them, below the smallest its time, above the largest
/// in proportion to it.
/// </summary>
internal sealed class SizedTimes
{
    private readonly ImmutableArray<SizedTime> times;

    /// <param name="times">At least one, by ascending size.</param>
    /// <param name="what">What they are times of, for errors.</param>
    /// <exception cref="UsageException">None, out of order, or a time that is not positive.</exception>
    public SizedTimes(ImmutableArray<SizedTime> times, string what)
    {
        this.times = times;
        if (times.IsEmpty)
        {
            throw new UsageException($"the profile has no times of {what}");
        }

        long before = 0;
        foreach (SizedTime time in times)
        {
            if (!(time.Bytes > before && time.BusySeconds > 0 && time.AloneSeconds > 0 && time.BesideSeconds > 0)
                || !double.IsFinite(time.BusySeconds + time.AloneSeconds + time.BesideSeconds))
            {
                throw new UsageException(
                    $"the profile's {what} of {time.Bytes} bytes take {time.BusySeconds} s busy, {time.AloneSeconds} s alone "
                    + $"and {time.BesideSeconds} s beside kernels, after {before} bytes; sizes must ascend and times be positive");
            }

            before = time.Bytes;
        }
    }

    public SizedTime Of(long bytes)
    {
        if (bytes <= times[0].Bytes)
        {
            return times[0] with { Bytes = bytes };
        }

        SizedTime last = times[^1];
        if (bytes >= last.Bytes)
        {
            double scale = (double)bytes / last.Bytes;
            return new SizedTime(bytes, last.BusySeconds * scale, last.AloneSeconds * scale, last.BesideSeconds * scale);
        }

        int above = 1;
        while (times[above].Bytes < bytes)
        {
            above++;
        }

        SizedTime from = times[above - 1];
        SizedTime to = times[above];
        double part = (double)(bytes - from.Bytes) / (to.Bytes - from.Bytes);
        return new SizedTime(
            bytes,
            from.BusySeconds + (part * (to.BusySeconds - from.BusySeconds)),
            from.AloneSeconds + (part * (to.AloneSeconds - from.AloneSeconds)),
            from.BesideSeconds + (part * (to.BesideSeconds - from.BesideSeconds)));
    }
}
