using FlashMem.Simulator.Engine;

namespace FlashMem.Simulator.Memory;

/// <summary>
/// A read-only cache of one shader core with the pipe that delivers from it. A read holds the pipe for the bytes that it delivers or
/// fetches, whichever are more; its lines are looked up spread over that time, and those that miss are fetched as they come up.
/// </summary>
internal sealed class CoreCache
{
    private readonly SetAssociativeCache tags;
    private readonly long[] arrivals;
    private readonly int lineBytes;
    private readonly int lineShift;
    private readonly int keyShift;
    private readonly Rate perByte;
    private readonly long latency;
    private readonly SharedLevels shared;
    private Gate pipe;

    /// <param name="geometry">Sets, ways and lines.</param>
    /// <param name="keysAreLines">Reads name lines by their number in memory (tiles of images); otherwise by their byte address.</param>
    /// <param name="perByte">Time of a byte in the pipe.</param>
    /// <param name="latency">From the last line's arrival to its use.</param>
    /// <param name="shared">The levels below.</param>
    public CoreCache(CacheGeometry geometry, bool keysAreLines, Rate perByte, long latency, SharedLevels shared)
    {
        tags = new SetAssociativeCache(geometry.Sets, geometry.Ways);
        arrivals = new long[tags.Slots];
        lineBytes = geometry.LineBytes;
        lineShift = int.Log2(lineBytes);
        keyShift = keysAreLines ? 0 : lineShift;
        (this.perByte, this.latency, this.shared) = (perByte, latency, shared);
    }

    public long Hits { get; private set; }

    public long Misses { get; private set; }

    public long Bytes { get; private set; }

    public long Busy => pipe.Busy;

    /// <summary>Reads lines for a wave and returns when the last of them can be used.</summary>
    public long Read(ReadOnlySpan<ulong> keys, long bytes, long earliest)
    {
        long delivered = Math.Max(bytes, (long)keys.Length * lineBytes);
        Bytes += delivered;
        long duration = perByte.Duration(delivered);
        long start = pipe.Reserve(earliest, duration);
        long end = start + duration;
        for (int i = 0; i < keys.Length; i++)
        {
            ulong line = keys[i] >> keyShift;
            if (tags.Access(line, out int slot, out _))
            {
                Hits++;
            }
            else
            {
                Misses++;
                long lookup = start + (duration * i / keys.Length);
                arrivals[slot] = shared.Read(line << lineShift, lineBytes, lookup);
            }

            end = Math.Max(end, arrivals[slot]);
        }

        return end + latency;
    }
}
