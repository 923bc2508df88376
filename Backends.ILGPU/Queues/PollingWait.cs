using System.Diagnostics;

namespace FlashMem.Backends.ILGPU.Queues;

/// <summary>
/// Waits for something that the device writes into memory: close at hand while it may come within microseconds, then leaving the processor to
/// others in between. Use a new one for every wait.
/// </summary>
internal struct PollingWait
{
    private const int ProcessorsToSpin = 8;
    private const int SpinTurns = 30;
    private static readonly bool Spins = Environment.ProcessorCount >= ProcessorsToSpin;
    private static readonly TimeSpan Hot = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Warm = TimeSpan.FromMilliseconds(50);

    private long began;

    /// <summary>Waits for one turn; true when so much time has passed that it is worth asking whether the wait can end at all.</summary>
    public bool Once()
    {
        if (began == 0)
        {
            began = Stopwatch.GetTimestamp();
        }

        TimeSpan waited = Stopwatch.GetElapsedTime(began);
        if (waited < Hot && Spins)
        {
            Thread.SpinWait(SpinTurns);
            return false;
        }

        Thread.Sleep(waited < Warm ? 0 : 1);
        return waited >= Hot;
    }
}
