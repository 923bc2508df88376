using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Memory;

/// <summary>Sets, ways and line size of a cache, from its figures.</summary>
internal readonly record struct CacheGeometry(int Sets, int Ways, int LineBytes)
{
    public long Bytes => (long)Sets * Ways * LineBytes;

    /// <exception cref="UsageException">The figures make no whole number of sets.</exception>
    public static CacheGeometry Of(Figure size, Figure lineBytes, Figure ways, string path)
    {
        long bytes = Quantities.Bytes(size, $"{path}.size");
        long line = Quantities.Bytes(lineBytes, $"{path}.lineBytes");
        int associativity = Quantities.Count(ways, $"{path}.ways");
        long sets = bytes / (line * associativity);
        if (sets < 1 || sets > int.MaxValue / associativity || sets * line * associativity != bytes || !long.IsPow2(line))
        {
            throw new UsageException(
                $"{path}: {bytes} bytes are no whole number of sets of {associativity} ways of {line} bytes (lines: a power of two)");
        }

        return new CacheGeometry((int)sets, associativity, (int)line);
    }
}
