namespace FlashMem.Simulator.Twin;

/// <summary>
/// How long copies keep the transfer queue. Small ones were measured in batches that waited for the driver: what it takes is counted there, and of
/// the measured time the rest is left, but no less than the largest copy's rate allows.
/// </summary>
/// <param name="batches">Mean times in batches.</param>
/// <param name="largestBytes">Of the measured sizes.</param>
/// <param name="driverSeconds">Handing over a copy; 0 where nothing is known of it.</param>
internal sealed class CopyTimes(SizedTimes batches, long largestBytes, double driverSeconds)
{
    private readonly double secondsPerByte = batches.Of(largestBytes).BusySeconds / largestBytes;

    public double Seconds(long bytes) =>
        bytes == 0 ? 0 : Math.Max(bytes * secondsPerByte, batches.Of(bytes).BusySeconds - driverSeconds);
}
