using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;

namespace FlashMem.Simulator.Device;

/// <summary>Finds out what everything waits for when nothing more can happen by itself.</summary>
internal static class WaitAnalysis
{
    private const int MostNamed = 4;

    /// <summary>
    /// The points on which the awaited ones depend in the end and that only the host can reach. There are none when commands wait for each
    /// other or for something that was never issued: then nobody can help.
    /// </summary>
    /// <param name="device">Name of the device, for errors.</param>
    /// <param name="lanes">What is queued.</param>
    /// <param name="awaited">Points that someone waits for.</param>
    /// <exception cref="RunFailedException">There are none; names timelines and values.</exception>
    public static List<TimePoint> HostPoints(string device, IReadOnlyList<ILane> lanes, IEnumerable<TimePoint> awaited)
    {
        var found = new List<TimePoint>();
        var missing = new List<TimePoint>();
        var seen = new HashSet<TimePoint>();
        var stack = new Stack<TimePoint>(awaited.Where(point => !point.IsReached));
        while (stack.TryPop(out TimePoint point))
        {
            if (!seen.Add(point))
            {
                continue;
            }

            ILane[] reaching = [.. lanes.Where(lane => lane.WillReach(point))];
            foreach (TimePoint wait in reaching.SelectMany(lane => lane.HeadWaits))
            {
                stack.Push(wait);
            }

            if (reaching.Length == 0)
            {
                (point.Timeline is SimulatedTimeline { IsSignalledByDevice: true } ? missing : found).Add(point);
            }
        }

        return found.Count > 0 ? found : throw new RunFailedException(missing.Count > 0
            ? $"{device}: nothing that was issued reaches {Describe(missing[0])}; the wait would never end"
            : $"{device}: commands wait for each other, so the wait would never end: "
                + string.Join(", ", seen.Take(MostNamed).Select(Describe)));
    }

    private static string Describe(TimePoint point) =>
        $"value {point.Value} of timeline '{point.Timeline.Name}' (it stands at {point.Timeline.Completed})";
}
