using FlashMem.Simulator.Engine;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Memory;

/// <summary>
/// The memory hierarchy as shader cores see it: texture reads through the core's texture cache, buffer reads through the core's buffer
/// cache where there is one and from L2 on elsewhere, writes to L2, image writes through the core's texture write path to DRAM. L2, the
/// system cache and DRAM are of all cores. Calls should come in the order of their times: every port serves in the order of the calls.
/// </summary>
internal sealed class MemoryPath
{
    /// <summary>Image writes carry no addresses; each core writes to a region of its own, far from what programs address.</summary>
    private const int WriteRegionShift = 50;

    private readonly SharedLevels shared;
    private readonly CoreCache[] textureCaches;
    private readonly CoreCache[] bufferCaches;
    private readonly Gate[] textureWrites;
    private readonly ulong[] written;
    private readonly long bufferLatency;
    private readonly int bufferLineBytes;
    private readonly Rate perWrittenByte;

    public MemoryPath(SimulatorSpec spec)
    {
        MemorySpec memory = spec.Memory;
        int cores = Quantities.Count(spec.Compute.Cores, "compute.cores");
        shared = new SharedLevels(spec);
        bufferLatency = Quantities.Picoseconds(memory.BufferLatency, "memory.bufferLatency");
        bufferLineBytes = (int)Quantities.Bytes(
            memory.BufferL1?.LineBytes ?? memory.L2.LineBytes,
            memory.BufferL1 is null ? "memory.l2.lineBytes" : "memory.bufferL1.lineBytes");
        perWrittenByte = Quantities.PerClock(memory.TextureWrite, spec.Compute.Clock, "memory.textureWrite", "B/clk");
        textureCaches = [.. Enumerable.Range(0, cores).Select(_ => TextureCache(spec, shared))];
        bufferCaches = memory.BufferL1 is { } cache ? [.. Enumerable.Range(0, cores).Select(_ => BufferCache(cache, spec, shared))] : [];
        textureWrites = new Gate[cores];
        written = new ulong[cores];
    }

    /// <summary>Bytes of the lines whose addresses buffer reads and writes give.</summary>
    public int BufferLineBytes => bufferLineBytes;

    /// <summary>Reads texels and returns when they can be used.</summary>
    /// <param name="core">Who reads.</param>
    /// <param name="keys">Keys of tiles, as <see cref="TiledImage"/> makes them.</param>
    /// <param name="bytes">Delivered to the work-items.</param>
    /// <param name="earliest">When the read issues.</param>
    public long ReadTexture(int core, ReadOnlySpan<ulong> keys, long bytes, long earliest) =>
        textureCaches[core].Read(keys, bytes, earliest);

    /// <summary>Reads lines of buffers, given by their byte addresses, and returns when they can be used.</summary>
    public long ReadBuffer(int core, ReadOnlySpan<ulong> addresses, long bytes, long earliest)
    {
        if (bufferCaches.Length > 0)
        {
            return bufferCaches[core].Read(addresses, bytes, earliest) + bufferLatency;
        }

        long end = earliest;
        foreach (ulong address in addresses)
        {
            end = Math.Max(end, shared.Read(address, bufferLineBytes, earliest));
        }

        return end + bufferLatency;
    }

    /// <summary>Writes lines of buffers, given by their byte addresses; returns when L2 has accepted them.</summary>
    public long WriteBuffer(ReadOnlySpan<ulong> addresses, long earliest)
    {
        long end = earliest;
        foreach (ulong address in addresses)
        {
            end = Math.Max(end, shared.Write(address, bufferLineBytes, earliest));
        }

        return end;
    }

    /// <summary>Writes texels to images; returns when the core's write path has taken them.</summary>
    public long WriteTexture(int core, long bytes, long earliest)
    {
        long duration = perWrittenByte.Duration(bytes);
        long start = textureWrites[core].Reserve(earliest, duration);
        ulong address = ((ulong)(core + 1) << WriteRegionShift) + written[core];
        written[core] += (ulong)bytes;

        // Asked for at once and not when the path gets to it: ports serve in the order of the calls.
        return Math.Max(start + duration, shared.Stream(address, (int)bytes, earliest));
    }

    /// <summary>Writes dirty lines back, as the end of a kernel does; returns when DRAM has taken them.</summary>
    public long Flush(long earliest) => shared.Flush(earliest);

    /// <summary>Sets the memory's counters.</summary>
    public void Count(Counters counters)
    {
        shared.Count(counters);
        counters[Counter.TextureBytes] = textureCaches.Sum(cache => cache.Bytes);
        counters[Counter.TextureHits] = textureCaches.Sum(cache => cache.Hits);
        counters[Counter.TextureMisses] = textureCaches.Sum(cache => cache.Misses);
        counters[Counter.TextureBusy] = textureCaches.Sum(cache => cache.Busy);
        counters[Counter.BufferHits] = bufferCaches.Sum(cache => cache.Hits);
        counters[Counter.BufferMisses] = bufferCaches.Sum(cache => cache.Misses);
    }

    private static CoreCache TextureCache(SimulatorSpec spec, SharedLevels shared)
    {
        TextureCacheSpec cache = spec.Memory.TextureL1;
        const string Path = "memory.textureL1";
        return new CoreCache(
            CacheGeometry.Of(cache.Size, cache.LineBytes, cache.Ways, Path),
            keysAreLines: true,
            Quantities.PerClock(cache.BytesPerClock, spec.Compute.Clock, $"{Path}.bytesPerClock", "B/clk"),
            Quantities.Picoseconds(cache.Latency, $"{Path}.latency"),
            shared);
    }

    private static CoreCache BufferCache(CacheSpec cache, SimulatorSpec spec, SharedLevels shared)
    {
        const string Path = "memory.bufferL1";
        return new CoreCache(
            CacheGeometry.Of(cache.Size, cache.LineBytes, cache.Ways, Path),
            keysAreLines: false,
            Quantities.PerClock(cache.BytesPerClock, spec.Compute.Clock, $"{Path}.bytesPerClock", "B/clk"),
            Quantities.Picoseconds(cache.Latency, $"{Path}.latency"),
            shared);
    }
}
