namespace FlashMem.Cli.Sweeps;

/// <summary>
/// Hands points to threads, in grid order but for one thing: a point whose kernels another thread is timing for the first time is passed
/// over while a near one has others, because timing a kernel twice gains nothing. Thread-safe.
/// </summary>
internal sealed class SweepQueue(IReadOnlyList<SweepPoint> points)
{
    /// <summary>How far a point may be passed over; bounds the rows that wait for their turn.</summary>
    private const int Window = 256;

    private readonly Lock gate = new();
    private readonly bool[] taken = new bool[points.Count];
    private readonly HashSet<(string KernelTimes, string Model)> beingTimed = [];
    private readonly HashSet<(string KernelTimes, string Model)> timed = [];
    private int next;

    /// <summary>The next point; null when none is left.</summary>
    public SweepPoint? Take()
    {
        lock (gate)
        {
            while (next < points.Count && taken[next])
            {
                next++;
            }

            if (next == points.Count)
            {
                return null;
            }

            int chosen = next;
            int last = Math.Min(points.Count, next + Window);
            for (int i = next; i < last; i++)
            {
                if (!taken[i] && !beingTimed.Contains(Kernels(points[i])))
                {
                    chosen = i;
                    break;
                }
            }

            taken[chosen] = true;
            if (!timed.Contains(Kernels(points[chosen])))
            {
                beingTimed.Add(Kernels(points[chosen]));
            }

            return points[chosen];
        }
    }

    /// <summary>A point is done.</summary>
    /// <param name="row">A point that did not run has timed no kernel.</param>
    public void Done(SweepRow row)
    {
        lock (gate)
        {
            beingTimed.Remove(Kernels(row.Point));
            if (row.Outcome == SweepOutcome.Ran)
            {
                timed.Add(Kernels(row.Point));
            }
        }
    }

    private static (string KernelTimes, string Model) Kernels(SweepPoint point) => (point.Device.KernelTimes, point.Model);
}
